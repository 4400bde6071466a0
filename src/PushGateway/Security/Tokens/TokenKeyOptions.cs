namespace PushGateway.Security.Tokens;

/// <summary>A key that signs tokens: one of the two.</summary>
public sealed class TokenKeyOptions
{
    /// <summary>A secret for HS256, HS384 and HS512, as text, of 32 bytes or more.</summary>
    public string? Secret { get; set; }

    /// <summary>A public key in PEM, RSA of 2,048 bits or more for RS256, RS384 and RS512, or on the curve P-256, P-384 or P-521 for ES256, ES384 and ES512.</summary>
    public string? PublicKey { get; set; }
}
