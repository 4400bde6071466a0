using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The contract, on a real Redis Cluster.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class ShardedBrokerTests(RedisClusterServers redis) : BrokerContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedHistoryTests(RedisClusterServers redis) : HistoryContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedHistoryExpiryTests(RedisClusterServers redis) : HistoryExpiryContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedPublishOnceTests(RedisClusterServers redis) : PublishOnceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}
