using System.Collections.Frozen;

namespace PushGateway.Security.Tokens;

/// <summary>The keys that tokens are checked by: those of the settings, and behind them those that are published.</summary>
internal sealed class TokenKeys
{
    private readonly TokenKey? _secret;
    private readonly FrozenDictionary<string, TokenKey> _byId;
    private readonly PublishedKeys _published;

    public TokenKeys(TokenOptions options, PublishedKeys published)
    {
        _published = published;
        _secret = options.HmacSecret is { } secret ? TokenKey.FromSecret(null, secret) : null;
        _byId = options.Keys.ToFrozenDictionary(key => key.Key, key => Read(key.Key, key.Value), StringComparer.Ordinal);
    }

    /// <summary>Whether there is any.</summary>
    public bool Any => _secret is not null || _byId.Count > 0 || _published.IsEnabled;

    /// <summary>Finds the one key of a token. A <c>kid</c> that names a key names that one alone: what it was not made for, no other key does in its place.</summary>
    public ValueTask<KeySearch> FindAsync(TokenAlgorithm algorithm, string? kid, CancellationToken cancellationToken)
    {
        if (kid is not null && _byId.TryGetValue(kid, out var named))
            return new(named.IsFor(algorithm) ? new KeySearch(named) : KeySearch.None($"Key {SignedToken.Quoted(kid)} is not for {algorithm}."));

        if (algorithm.IsHmac && _secret is not null)
            return new(_secret.IsFor(algorithm) ? new KeySearch(_secret) : KeySearch.None($"HmacSecret is too short for {algorithm}: it takes {algorithm.MinSecretBytes} bytes."));

        if (kid is null && OnlyOneFor(algorithm) is { } only)
            return new(only);

        // What is published is no secret, so that nothing is signed by it with HMAC.
        if (_published.IsEnabled && !algorithm.IsHmac)
            return _published.FindAsync(algorithm, kid, cancellationToken);

        return new(KeySearch.None(kid is null ? $"There is no key for {algorithm}." : $"There is no key {SignedToken.Quoted(kid)} for {algorithm}."));
    }

    private KeySearch? OnlyOneFor(TokenAlgorithm algorithm)
    {
        TokenKey? only = null;
        foreach (var key in _byId.Values)
        {
            if (!key.IsFor(algorithm))
                continue;
            if (only is not null)
                return KeySearch.None($"It has no kid, and there are several keys for {algorithm}.");
            only = key;
        }

        return only is null ? null : new KeySearch(only);
    }

    private static TokenKey Read(string id, TokenKeyOptions options)
    {
        if (options.Secret is { } secret)
            return TokenKey.FromSecret(id, secret);

        return TokenKey.TryFromPem(id, options.PublicKey ?? "", out var key, out var why) ? key : throw new InvalidOperationException($"{TokenOptionsValidator.Section}Keys:{id}:PublicKey {why}.");
    }
}
