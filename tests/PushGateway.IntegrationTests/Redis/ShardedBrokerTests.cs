using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The contract of brokers, on a real Redis Cluster.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class ShardedBrokerTests(RedisClusterServers redis) : BrokerContract
{
    private RedisNode[] _nodes = [];

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count)
    {
        var prefix = RedisNode.UniquePrefix();
        _nodes = [.. Enumerable.Range(0, count).Select(_ => new RedisNode(redis.ConnectionString, prefix, options => options.CommandTimeout = TimeSpan.FromSeconds(5)))];
        return new(Array.ConvertAll(_nodes, node => node.Broker));
    }

    protected override async ValueTask CleanUpAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
