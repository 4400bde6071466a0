using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PushGateway.Tests.Security.Tokens;

/// <summary>Writes tokens by hand, so that they can be wrong in any way.</summary>
internal static class Jwt
{
    public const string Secret = "a secret of the tests with sixty-four bytes, which is enough for all", OtherSecret = "another secret of the tests, long enough for HS256";

    public static readonly RSA Rsa = RSA.Create(2048), OtherRsa = RSA.Create(2048);

    public static readonly ECDsa P256 = ECDsa.Create(ECCurve.NamedCurves.nistP256), P384 = ECDsa.Create(ECCurve.NamedCurves.nistP384), P521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);

    /// <summary>A token with this header and payload as they stand, and a signature by the algorithm that the header should name.</summary>
    public static string Signed(string header, string payload, Func<byte[], byte[]> sign) => SignedParts(Encode(header), Encode(payload), sign);

    /// <summary>The same of parts that may be no base64url of JSON.</summary>
    public static string SignedParts(string header, string payload, Func<byte[], byte[]> sign) =>
        $"{header}.{payload}.{Base64Url.EncodeToString(sign(Encoding.UTF8.GetBytes($"{header}.{payload}")))}";

    /// <summary>A token by the secret of the tests.</summary>
    public static string Hs256(string payload, string header = """{"alg":"HS256","typ":"JWT"}""", string secret = Secret) => Signed(header, payload, Hmac("HS256", secret));

    /// <summary>What signs by an algorithm with the key of the tests that is for it.</summary>
    public static Func<byte[], byte[]> By(string alg) => alg[..2] switch
    {
        "HS" => Hmac(alg, Secret),
        "RS" => bytes => Rsa.SignData(bytes, HashOf(alg), RSASignaturePadding.Pkcs1),
        "PS" => bytes => Rsa.SignData(bytes, HashOf(alg), RSASignaturePadding.Pss),
        _ => bytes => (alg switch { "ES256" => P256, "ES384" => P384, _ => P521 }).SignData(bytes, HashOf(alg)),
    };

    public static Func<byte[], byte[]> Hmac(string alg, string secret) => bytes => alg switch
    {
        "HS256" => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes),
        "HS384" => HMACSHA384.HashData(Encoding.UTF8.GetBytes(secret), bytes),
        _ => HMACSHA512.HashData(Encoding.UTF8.GetBytes(secret), bytes),
    };

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static HashAlgorithmName HashOf(string alg) => alg[2..] switch { "256" => HashAlgorithmName.SHA256, "384" => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
}
