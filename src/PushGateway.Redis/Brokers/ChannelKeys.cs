using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace PushGateway.Redis.Brokers;

/// <summary>The names that a channel has in Redis. Its own name is the hash tag of all, so that they share a slot of a cluster.</summary>
internal sealed class ChannelKeys(string prefix)
{
    /// <summary>What the pub/sub topics end with, and the names of the keys that have nothing behind the channel's name.</summary>
    public const string TopicEnd = "}";

    // Enough of a hash that two keys of one channel never have the same.
    private const int HashBytes = 16;

    /// <summary>What the pub/sub topics begin with; the channel's name and <see cref="TopicEnd"/> follow.</summary>
    public string TopicStart { get; } = $"{prefix}:c:{{";

    /// <summary>What the names of <see cref="Meta"/> begin with; the channel's name and <see cref="TopicEnd"/> follow.</summary>
    public string MetaStart { get; } = $"{prefix}:m:{{";

    /// <summary>What the names of <see cref="History"/> begin with; the channel's name and <see cref="TopicEnd"/> follow.</summary>
    public string HistoryStart { get; } = $"{prefix}:h:{{";

    /// <summary>The pub/sub topic.</summary>
    public string Topic(string channel) => $"{prefix}:c:{{{channel}}}";

    /// <summary>The hash of epoch, offset and version.</summary>
    public RedisKey Meta(string channel) => $"{prefix}:m:{{{channel}}}";

    /// <summary>The list of publications.</summary>
    public RedisKey History(string channel) => $"{prefix}:h:{{{channel}}}";

    /// <summary>The sorted set of members.</summary>
    public RedisKey Members(string channel) => $"{prefix}:p:{{{channel}}}";

    /// <summary>The hash of the users among the members, with their numbers.</summary>
    public RedisKey MemberUsers(string channel) => $"{prefix}:u:{{{channel}}}";

    /// <summary>The sequence of the last change of members that was announced.</summary>
    public RedisKey MemberSequence(string channel) => $"{prefix}:q:{{{channel}}}";

    /// <summary>The hash of members that are gone and may return.</summary>
    public RedisKey MembersWaiting(string channel) => $"{prefix}:w:{{{channel}}}";

    /// <summary>The hash of what is kept of the user whose own channel it is.</summary>
    public RedisKey UserState(string channel) => $"{prefix}:l:{{{channel}}}";

    /// <summary>The outcome of an idempotency key, which is hashed because publishers choose it: whatever its length and its characters, the name is short.</summary>
    public string Idempotency(string channel, string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return $"{prefix}:i:{{{channel}}}:{Base64Url.EncodeToString(hash[..HashBytes])}";
    }
}
