using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PushGateway.IntegrationTests.Security;

/// <summary>A key pair of an identity provider: what it publishes, and the tokens it signs.</summary>
internal sealed class SigningPair
{
    private readonly SecurityKey _key;
    private readonly string _alg;

    private SigningPair(SecurityKey key, string alg, string kid, string members)
    {
        (_key, _alg, Kid, Members) = (key, alg, kid, members);
        _key.KeyId = kid;
    }

    public string Kid { get; }

    /// <summary>The public half, as members of a JSON object.</summary>
    public string Members { get; }

    /// <summary>As it is published.</summary>
    public string Jwk => $$"""{"kid":"{{Kid}}","use":"sig",{{Members}}}""";

    public static SigningPair Rsa(string kid, int bits = 2048)
    {
        var rsa = RSA.Create(bits);
        var numbers = rsa.ExportParameters(false);
        return new SigningPair(new RsaSecurityKey(rsa), "RS256", kid, $$"""
            "kty":"RSA","n":"{{Base64Url.EncodeToString(numbers.Modulus)}}","e":"{{Base64Url.EncodeToString(numbers.Exponent)}}"
            """);
    }

    public static SigningPair P256(string kid)
    {
        var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = ecdsa.ExportParameters(false).Q;
        return new SigningPair(new ECDsaSecurityKey(ecdsa), "ES256", kid, $$"""
            "kty":"EC","crv":"P-256","x":"{{Base64Url.EncodeToString(point.X)}}","y":"{{Base64Url.EncodeToString(point.Y)}}"
            """);
    }

    /// <summary>A token of user 42.</summary>
    /// <param name="now">When it is; the token is good for an hour.</param>
    /// <param name="kid">The <c>kid</c> it claims: null for the true one, empty for none.</param>
    public string Sign(DateTimeOffset now, string? kid = null)
    {
        var handler = new JsonWebTokenHandler();
        _key.KeyId = kid switch { null => Kid, "" => null, _ => kid };
        return handler.CreateToken($$"""{"sub":"42","exp":{{now.ToUnixTimeSeconds() + 3600}}}""", new SigningCredentials(_key, _alg));
    }
}
