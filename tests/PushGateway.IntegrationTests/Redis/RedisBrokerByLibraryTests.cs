using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The contract once more, without the connection for publishing: what publishes while it is away.</summary>
public sealed class RedisBrokerByLibraryTests(RedisServer redis) : BrokerContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => _nodes.CreateWithoutLinksAsync(count);

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisBrokerHistoryByLibraryTests(RedisServer redis) : HistoryContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => _nodes.CreateWithoutLinksAsync(count);

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisBrokerPublishOnceByLibraryTests(RedisServer redis) : PublishOnceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => _nodes.CreateWithoutLinksAsync(count);

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}
