using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace PushGateway.Security;

/// <summary>The keys in force. Never changes: when the settings do, another takes its place.</summary>
internal sealed class ApiKeySet
{
    // What a key is compared with that names an id which nobody has, so that it takes the same way as a wrong secret. No key has this digest.
    private static readonly byte[] Nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private readonly FrozenDictionary<string, Key> _named;
    private readonly FrozenDictionary<string, Key>.AlternateLookup<ReadOnlySpan<char>> _byId;
    private readonly Key[] _clear;

    /// <param name="security">Settings that were found valid.</param>
    /// <param name="time">The time that limits count by.</param>
    /// <param name="before">The keys so far: what a key has published just now still counts where its limit has not changed.</param>
    public ApiKeySet(SecurityOptions security, TimeProvider time, ApiKeySet? before = null)
    {
        _named = security.Keys.ToFrozenDictionary(
            key => key.Key,
            key => new Key(
                KeyText.DigestOf(key.Value.Hash)!,
                new ApiCaller(
                    key.Key,
                    ReadScopes(key.Value.Scopes),
                    key.Value.Namespaces.Count > 0 ? new KeyNamespaces(key.Value.Namespaces) : null,
                    LimitOf(key.Key, key.Value.PublishesPerSecond ?? security.PublishesPerSecond)),
                DescribeRights(key.Value, security)),
            StringComparer.Ordinal);
        _byId = _named.GetAlternateLookup<ReadOnlySpan<char>>();
        _clear = [.. security.ApiKeys.Select((key, i) => ClearKey($"{nameof(security.ApiKeys)}:{i}", key))];

        PublishLimit? LimitOf(string id, int perSecond) =>
            perSecond == 0 ? null : before?.FindLimit(id) is { } same && same.PerSecond == perSecond ? same : new PublishLimit(perSecond, time);

        Key ClearKey(string id, string key)
        {
            var digest = new byte[SHA256.HashSizeInBytes];
            KeyText.Digest(key, digest);
            return new Key(digest, new ApiCaller(id, ApiScopes.All, limit: LimitOf(id, security.PublishesPerSecond)), $"{security.PublishesPerSecond}");
        }
    }

    public bool IsEmpty => _named.Count == 0 && _clear.Length == 0;

    /// <summary>Whether keys stand in the settings in clear.</summary>
    public bool HasClearKeys => _clear.Length > 0;

    /// <summary>Whether there is a key with this id.</summary>
    public bool Has(ReadOnlySpan<char> id) => _byId.ContainsKey(id);

    /// <summary>Who sent a key.</summary>
    public bool TryFind(ReadOnlySpan<char> sent, [NotNullWhen(true)] out ApiCaller? caller)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        KeyText.Digest(sent, digest);
        _byId.TryGetValue(KeyText.IdOf(sent), out var named);
        caller = CryptographicOperations.FixedTimeEquals(named?.Digest ?? Nobody, digest) ? named?.Caller : null;
        foreach (var key in _clear)
            if (CryptographicOperations.FixedTimeEquals(key.Digest, digest))
                caller ??= key.Caller;
        return caller is not null;
    }

    /// <summary>The ids of keys that are not, or not in the same way, in another set.</summary>
    public IEnumerable<string> IdsBeyond(ApiKeySet other) => All().Where(key => !other.All().Any(key.IsSameAs)).Select(key => key.Caller.Id);

    private IEnumerable<Key> All() => _named.Values.Concat(_clear);

    private PublishLimit? FindLimit(string id) => All().FirstOrDefault(key => key.Caller.Id == id)?.Caller.Limit;

    // Names are checked before.
    private static ApiScopes ReadScopes(IEnumerable<string> names) =>
        names.Aggregate(ApiScopes.None, (scopes, name) => scopes | Enum.Parse<ApiScopes>(name, ignoreCase: true));

    private static string DescribeRights(ApiKeyOptions key, SecurityOptions security) =>
        $"{ReadScopes(key.Scopes)};{string.Join(',', key.Namespaces)};{key.PublishesPerSecond ?? security.PublishesPerSecond}";

    /// <param name="Digest">Of the whole key.</param>
    /// <param name="Caller">Whose it is.</param>
    /// <param name="Rights">All that it may, as text to compare.</param>
    private sealed record Key(byte[] Digest, ApiCaller Caller, string Rights)
    {
        public bool IsSameAs(Key other) => Caller.Id == other.Caller.Id && Rights == other.Rights && Digest.AsSpan().SequenceEqual(other.Digest);
    }
}
