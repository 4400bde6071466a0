using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>The names of what the nodes share beyond channels. One hash tag, so that a script may use all of them on Redis Cluster.</summary>
internal sealed class ClusterKeys(string prefix)
{
    /// <summary>When the lease of each incarnation runs out.</summary>
    public RedisKey Leases { get; } = Prefix(prefix) + "leases";

    /// <summary>What each incarnation says of its node.</summary>
    public RedisKey Nodes { get; } = Prefix(prefix) + "nodes";

    /// <summary>Dead incarnations that are still to be reaped.</summary>
    public RedisKey Graves { get; } = Prefix(prefix) + "graves";

    /// <summary>When the leases were begun.</summary>
    public RedisKey Since { get; } = Prefix(prefix) + "since";

    /// <summary>What is kept of revocations, as <c>revoke.lua</c> and <c>revocations.lua</c> take it.</summary>
    public RedisKey[] Revocations { get; } =
        [Prefix(prefix) + "revocations", Prefix(prefix) + "revoked", Prefix(prefix) + "revoked:order", Prefix(prefix) + "revoked:until"];

    /// <summary>What all names begin with.</summary>
    public static string Prefix(string prefix) => $"{prefix}:{{cluster}}:";

    /// <summary>The channels in which an incarnation has members.</summary>
    public RedisKey Channels(string incarnation) => $"{Prefix(prefix)}channels:{incarnation}";

    /// <summary>Who reaps a dead incarnation.</summary>
    public RedisKey Reaper(string incarnation) => $"{Prefix(prefix)}reaper:{incarnation}";
}
