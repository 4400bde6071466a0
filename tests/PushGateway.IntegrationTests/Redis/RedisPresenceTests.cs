using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The contract, on a real Redis.</summary>
public sealed class RedisPresenceTests(RedisServer redis) : PresenceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisPresencePagesTests(RedisServer redis) : PresencePagesContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisPresenceEventsTests(RedisServer redis) : PresenceEventsContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisLeaveDelayTests(RedisServer redis) : LeaveDelayContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}

public sealed class RedisUserPresenceTests(RedisServer redis) : UserPresenceContract
{
    private readonly RedisNodes _nodes = new(redis.ConnectionString);

    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new(_nodes.CreateForPresence(count));

    protected override ValueTask CleanUpAsync() => _nodes.DisposeAsync();
}
