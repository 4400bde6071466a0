using System.Net;
using PushGateway.Brokers;
using PushGateway.Redis.PubSub;
using StackExchange.Redis;

namespace PushGateway.Redis;

/// <summary>Finds out where the primaries are: as StackExchange.Redis knows, which follows Sentinel, or as the nodes of a Redis Cluster say.</summary>
internal sealed class TopologyReader(CommandProbe probe)
{
    // One node of a cluster may be cut off from the others and not know it; of three, the one that has seen the latest change is right.
    private const int NodesToAsk = 3;

    /// <exception cref="BrokerUnavailableException">Nobody can say.</exception>
    public async ValueTask<Topology> ReadAsync(ConnectionMultiplexer multiplexer, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var servers = multiplexer.GetServers();
        var connected = Array.FindAll(servers, static server => server.IsConnected);
        return IsCluster(multiplexer)
            ? await ReadClusterAsync(connected).WaitAsync(timeout, time, cancellationToken)
            : Topology.Single(FindPrimary(connected));
    }

    public static bool IsCluster(ConnectionMultiplexer multiplexer) =>
        Array.Exists(multiplexer.GetServers(), static server => server.ServerType is ServerType.Cluster);

    private EndPoint FindPrimary(IServer[] connected)
    {
        var primaries = Array.FindAll(connected, static server => !server.IsReplica);
        var sure = Array.Find(primaries, server => probe.Primaries.Contains(server.EndPoint));
        return (sure ?? primaries.FirstOrDefault())?.EndPoint ?? throw new BrokerUnavailableException("no primary of Redis is connected");
    }

    private static async Task<Topology> ReadClusterAsync(IServer[] connected)
    {
        Random.Shared.Shuffle(connected);
        ClusterView? latest = null;
        foreach (var view in await Task.WhenAll(connected.Take(NodesToAsk).Select(TryReadAsync)))
            if (view is not null && (latest is null || view.Epoch > latest.Epoch))
                latest = view;
        return latest?.Topology ?? throw new BrokerUnavailableException("no node of the Redis Cluster answers");
    }

    private static async Task<ClusterView?> TryReadAsync(IServer server)
    {
        try
        {
            return (string?)await server.ExecuteAsync("CLUSTER", "NODES") is { } nodes ? ClusterView.Parse(nodes, server.EndPoint) : null;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }
}
