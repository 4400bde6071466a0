using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using PushGateway.Connections;

namespace PushGateway.Security.Tokens;

/// <summary>Reads the tokens that clients bring. Whatever they bring, it answers and does not throw.</summary>
internal sealed class ClientTokens
{
    private readonly ConnectionOptions _limits;
    private readonly TokenOptions _options;
    private readonly TokenKeys _keys;
    private readonly Signatures _signatures;
    private readonly TimeProvider _time;

    public ClientTokens(IOptions<PushGatewayOptions> options, PublishedKeys published, TimeProvider time)
    {
        (_limits, _options, _time) = (options.Value.Connections, options.Value.Security.Tokens, time);
        _keys = new TokenKeys(_options, published);
        _signatures = new Signatures(_options);
    }

    /// <summary>Whether tokens are taken here at all.</summary>
    public bool IsEnabled => _keys.Any;

    /// <summary>Reads a connection token.</summary>
    public ValueTask<TokenReading<ClientGrant>> ReadConnectionAsync(string token, CancellationToken cancellationToken) =>
        ReadAsync(token, ReadConnection, cancellationToken);

    /// <summary>Reads a subscription token. Whether it is for this connection's user and this channel, the caller checks.</summary>
    public ValueTask<TokenReading<SubscriptionGrant>> ReadSubscriptionAsync(string token, CancellationToken cancellationToken) =>
        ReadAsync(token, ReadSubscription, cancellationToken);

    private TokenReading<ClientGrant> ReadConnection(TokenClaims claims, TokenStamp stamp)
    {
        // Who may see a channel must not thereby be let in as its user.
        if (claims.Has("channel"))
            return Invalid<ClientGrant>("It has channel: it is a subscription token.");

        return Granted(claims, new ClientGrant(new ClientIdentity(claims.User(), claims.Json("info")), stamp) { Channels = claims.Channels(), Meta = claims.Json("meta") });
    }

    private TokenReading<SubscriptionGrant> ReadSubscription(TokenClaims claims, TokenStamp stamp)
    {
        var ends = claims.Has("expire_at") ? claims.Time("expire_at") : stamp.ExpiresAt;
        if (ends == DateTimeOffset.UnixEpoch)
            ends = null;
        var reading = Granted(claims, new SubscriptionGrant(claims.User(), claims.Channel(), claims.Json("info"), stamp, ends));
        return reading.Grant is not null && IsOver(ends) ? new(null, TokenDefect.Expired, "Its expire_at is over.") : reading;
    }

    private async ValueTask<TokenReading<T>> ReadAsync<T>(string text, Func<TokenClaims, TokenStamp, TokenReading<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        if (!IsEnabled)
            return Invalid<T>("No tokens are taken here: no key is set.");

        // As many bytes as characters, or it is none.
        if (text.Length > _options.MaxBytes)
            return Invalid<T>($"It is longer than {_options.MaxBytes} bytes.");

        if (!SignedToken.TryParse(text, out var token, out var why))
            return Invalid<T>(why);

        var search = await _keys.FindAsync(token.Algorithm, token.KeyId, cancellationToken);
        if (search.Key is not { } key)
            return new TokenReading<T>(null, search.Defect, search.Why);

        // What the library lets pass is held to more than that: see docs/decisions/0017-tokens.md.
        var wrong = await _signatures.WhatIsWrongAsync(text, token, key);
        if (wrong is null)
            return ReadPayload(token.Payload, read);

        // Which claim it stumbles over, it does not say.
        return Invalid<T>(wrong == Signatures.Unreadable && ReadPayload(token.Payload, read) is { Defect: TokenDefect.Invalid, Why: { } better } ? better : wrong);
    }

    private TokenReading<T> ReadPayload<T>(byte[] payload, Func<TokenClaims, TokenStamp, TokenReading<T>> read)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(Utf8.IsValid(payload) ? payload : default(ReadOnlyMemory<byte>), SignedToken.Strict);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? ReadClaims(new TokenClaims(json.RootElement, _limits), read)
                : Invalid<T>("Its payload is no JSON object.");
        }
        // The second is for strings that are no Unicode.
        catch (Exception garbage) when (garbage is JsonException or InvalidOperationException)
        {
            return Invalid<T>("Its payload is not JSON, is nested too deep, or has a name twice.");
        }
    }

    private TokenReading<T> ReadClaims<T>(TokenClaims claims, Func<TokenClaims, TokenStamp, TokenReading<T>> read)
        where T : class
    {
        var stamp = new TokenStamp(claims.Time("exp"), claims.Time("iat"), claims.TokenId());
        if (WhatIsWrongWithTimes(stamp, claims.Time("nbf")) is { } wrong)
            return Invalid<T>(claims.Wrong ?? wrong);

        var reading = read(claims, stamp);
        return reading.Grant is not null && IsOver(stamp.ExpiresAt) ? new(null, TokenDefect.Expired, "It has expired.") : reading;
    }

    private string? WhatIsWrongWithTimes(TokenStamp stamp, DateTimeOffset? notBefore)
    {
        var now = _time.GetUtcNow();
        if (stamp.ExpiresAt is null && _options.RequireExpiration)
            return "It has no exp.";
        // From its beginning, or one that lives longer would become good when the revocation of its user has just been forgotten.
        if (stamp.ExpiresAt > (stamp.IssuedAt ?? now) + _options.MaxLifetime + _options.ClockSkew)
            return $"Its exp is further from its iat, or from now, than {_options.MaxLifetime:c}, the MaxLifetime of the settings.";
        if (stamp.IssuedAt > now + _options.ClockSkew)
            return "Its iat is in the future.";
        return notBefore > now + _options.ClockSkew ? "Its nbf is in the future." : null;
    }

    private bool IsOver(DateTimeOffset? end) => end <= _time.GetUtcNow() - _options.ClockSkew;

    private static TokenReading<T> Granted<T>(TokenClaims claims, T grant)
        where T : class => claims.Wrong is { } wrong ? Invalid<T>(wrong) : new TokenReading<T>(grant);

    private static TokenReading<T> Invalid<T>(string why)
        where T : class => new(null, TokenDefect.Invalid, why);
}
