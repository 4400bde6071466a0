using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace PushGateway.Security.Tokens;

/// <summary>A key that tokens are checked by. It is used with the algorithms it was made for and with no other, whatever a token says. Safe for concurrent use.</summary>
internal sealed class TokenKey
{
    /// <summary>The smallest RSA key, in bits (RFC 7518, section 3.3).</summary>
    public const int MinRsaBits = 2048;

    private readonly TokenAlgorithm[] _algorithms;

    private TokenKey(string? id, SecurityKey key, IEnumerable<TokenAlgorithm> algorithms) => (Id, Key, _algorithms) = (id, key, [.. algorithms]);

    /// <summary>The <c>kid</c> of its tokens; null for none.</summary>
    public string? Id { get; }

    /// <summary>The key itself. To be used with an algorithm that it <see cref="IsFor"/> and no other.</summary>
    public SecurityKey Key { get; }

    /// <summary>Whether tokens signed by the algorithm are checked by this key.</summary>
    public bool IsFor(TokenAlgorithm algorithm) => Array.IndexOf(_algorithms, algorithm) >= 0;

    /// <summary>A secret that both sides have.</summary>
    public static TokenKey FromSecret(string? id, string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        // The library is content with less than the standard where it is not told.
        return new TokenKey(id, new SymmetricSecurityKey(bytes), TokenAlgorithm.ForSecret(bytes.Length));
    }

    /// <summary>Reads a public key in PEM.</summary>
    /// <param name="id">Its <c>kid</c>.</param>
    /// <param name="pem">The text; line breaks may be written as <c>\n</c>, as variables of the environment often have them.</param>
    /// <param name="key">The key.</param>
    /// <param name="why">When it is none that can be used, the reason, as the end of a sentence that begins with the setting's name.</param>
    public static bool TryFromPem(string? id, string pem, [NotNullWhen(true)] out TokenKey? key, [NotNullWhen(false)] out string? why)
    {
        key = null;
        if (TryReadPem(pem.Replace("\\n", "\n", StringComparison.Ordinal)) is not { } jwk)
        {
            why = "must be a public key in PEM, RSA or on the curve P-256, P-384 or P-521; it begins with -----BEGIN PUBLIC KEY-----";
            return false;
        }

        jwk.Kid = id;
        return TryFromJwk(jwk, out key, out why);
    }

    /// <summary>Takes a public key as it stands in a JSON Web Key Set (RFC 7517).</summary>
    public static bool TryFromJwk(JsonWebKey jwk, [NotNullWhen(true)] out TokenKey? key, [NotNullWhen(false)] out string? why)
    {
        key = null;
        try
        {
            why = WhatIsWrong(jwk);
            if (why is not null)
                return false;

            Try(jwk);
            key = new TokenKey(string.IsNullOrEmpty(jwk.Kid) ? null : jwk.Kid, jwk, AlgorithmsOf(jwk));
        }
        // Numbers that are no key; the library wraps what the system's says in various ways.
        catch (Exception unusable) when (unusable is CryptographicException or ArgumentException or FormatException or InvalidOperationException or NotSupportedException)
        {
            why = "cannot be read";
        }

        return key is not null;
    }

    private static string? WhatIsWrong(JsonWebKey jwk) => jwk switch
    {
        { Use: not (null or "" or JsonWebKeyUseNames.Sig) } => "is not for signatures",
        { KeyOps: { Count: > 0 } operations } when !operations.Contains("verify") => "is not for verifying",
        { Kty: JsonWebAlgorithmsKeyTypes.RSA, KeySize: < MinRsaBits } => $"must have {MinRsaBits} bits at least",
        _ when !AlgorithmsOf(jwk).Any() => "is of no kind that tokens are signed by here",
        _ => null,
    };

    // A secret that is published is none: of the kinds of keys in a set, two are left.
    private static IEnumerable<TokenAlgorithm> AlgorithmsOf(JsonWebKey jwk)
    {
        var algorithms = jwk.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => TokenAlgorithm.ForRsa(),
            JsonWebAlgorithmsKeyTypes.EllipticCurve => TokenAlgorithm.ForCurve(jwk.Crv),
            _ => [],
        };
        return string.IsNullOrEmpty(jwk.Alg) ? algorithms : algorithms.Where(algorithm => algorithm.Name == jwk.Alg);
    }

    // What is wrong with a key shows when it is first used: better now than with a client's token.
    private static void Try(JsonWebKey jwk)
    {
        foreach (var algorithm in AlgorithmsOf(jwk))
        {
            using var provider = new AsymmetricSignatureProvider(jwk, algorithm.Name, willCreateSignatures: false);
            _ = provider.Verify([0], new byte[jwk.Kty == JsonWebAlgorithmsKeyTypes.RSA ? jwk.KeySize / 8 : 64]);
        }
    }

    private static JsonWebKey? TryReadPem(string pem)
    {
        // A private key has no business in the settings of a server that only checks.
        if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] is not ("PUBLIC KEY" or "RSA PUBLIC KEY"))
            return null;

        return TryRead(pem, RSA.Create, static rsa => JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(rsa.ExportParameters(false))))
            ?? TryRead(pem, ECDsa.Create, static ecdsa => PointOf(JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(ecdsa))));
    }

    // What was converted holds on to the object it came from, which is disposed of.
    private static JsonWebKey PointOf(JsonWebKey converted) => new() { Kty = converted.Kty, Crv = converted.Crv, X = converted.X, Y = converted.Y };

    private static JsonWebKey? TryRead<T>(string pem, Func<T> create, Func<T, JsonWebKey> convert)
        where T : AsymmetricAlgorithm
    {
        using var key = create();
        try
        {
            key.ImportFromPem(pem);
            return convert(key);
        }
        catch (Exception other) when (other is CryptographicException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
