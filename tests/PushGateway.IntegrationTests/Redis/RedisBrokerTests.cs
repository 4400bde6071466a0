using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The contract, on a real Redis.</summary>
public sealed class RedisBrokerTests(RedisServer redis) : BrokerContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisBrokerHistoryTests(RedisServer redis) : HistoryContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisBrokerHistoryExpiryTests(RedisServer redis) : HistoryExpiryContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisBrokerPublishOnceTests(RedisServer redis) : PublishOnceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new(_nodes.Create(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}
