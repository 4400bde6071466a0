namespace PushGateway.Security.Tokens;

/// <summary>The tokens (JWT, RFC 7519) by which back ends say who a client is and where it may be, section <c>PushGateway:Security:Tokens</c>. Tokens are taken where one key is set at least.</summary>
public sealed class TokenOptions
{
    /// <summary>The secret of tokens signed by HS256, HS384 and HS512, as text, of 32 bytes or more (RFC 7518, section 3.2). Default: none.</summary>
    public string? HmacSecret { get; set; }

    /// <summary>Further keys by their id, which is the <c>kid</c> of tokens: several at once, so that keys can be changed without a gap.</summary>
    public IDictionary<string, TokenKeyOptions> Keys { get; } = new Dictionary<string, TokenKeyOptions>(StringComparer.Ordinal);

    /// <summary>Where public keys are published as a JSON Web Key Set (RFC 7517); https, but for this machine. Default: none.</summary>
    public string? JwksUri { get; set; }

    /// <summary>How long keys from <see cref="JwksUri"/> are used before they are fetched again. Default: 1 hour. While they cannot be fetched, those that are known go on counting.</summary>
    public TimeSpan JwksLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A token with an unknown <c>kid</c> has the keys fetched sooner, but not more often than this. Default: 30 s.</summary>
    public TimeSpan JwksRefreshInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <see cref="JwksUri"/> may take to answer. Default: 5 s.</summary>
    public TimeSpan JwksTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What <c>iss</c> must be. Default: anything.</summary>
    public string? Issuer { get; set; }

    /// <summary>What <c>aud</c> must be or contain. Default: anything.</summary>
    public string? Audience { get; set; }

    /// <summary>How far the clocks of back ends may be off: for <c>nbf</c> and <c>iat</c> in the future, and for <c>exp</c> in the past. Default: 5 s, at most 5 minutes.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether tokens must have an end, <c>exp</c>. Default: yes.</summary>
    public bool RequireExpiration { get; set; } = true;

    /// <summary>The longest time from a token's <c>iat</c>, or else from now, to its <c>exp</c>, and so the time for which revocations are kept. Default: 30 days.</summary>
    public TimeSpan MaxLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The longest token, in bytes. Default: 8,192.</summary>
    public int MaxBytes { get; set; } = 8 * 1024;
}
