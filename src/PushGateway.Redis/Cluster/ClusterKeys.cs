using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>The names of what the nodes share beyond channels. One hash tag, so that a script may use all of them on Redis Cluster.</summary>
internal static class ClusterKeys
{
    public static string Prefix(string prefix) => $"{prefix}:{{cluster}}:";

    /// <summary>The keys of the scripts on leases, in their order.</summary>
    public static RedisKey[] Leases(string prefix) => [Prefix(prefix) + "leases", Prefix(prefix) + "nodes"];
}
