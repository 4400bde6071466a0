using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The contract, on a real Redis Cluster.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class ShardedPresenceTests(RedisClusterServers redis) : PresenceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedPresencePagesTests(RedisClusterServers redis) : PresencePagesContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedPresenceEventsTests(RedisClusterServers redis) : PresenceEventsContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedLeaveDelayTests(RedisClusterServers redis) : LeaveDelayContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedUserPresenceTests(RedisClusterServers redis) : UserPresenceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}
