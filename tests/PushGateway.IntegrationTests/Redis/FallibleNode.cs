using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>A node whose way to Redis can be closed, for a while or for good.</summary>
internal sealed class FallibleNode : IAsyncDisposable
{
    private readonly TcpProxy _way;
    private readonly RedisNode _redis;
    private bool _isDead;

    public FallibleNode(string id, string connection, string prefix, TimeSpan lease)
    {
        _way = new TcpProxy(connection);
        _redis = new RedisNode(_way.Address, prefix, options =>
        {
            options.HeartbeatInterval = lease / 5;
            options.LeaseDuration = lease;
        });
        Node = new PresenceNode(id, _redis.Broker.Broker, _redis.Cluster, _redis.Presence);
    }

    public PresenceNode Node { get; }

    /// <summary>Nothing reaches Redis any more that is not on its way, and Redis sees the connections end: all that it would see of a process that is killed.</summary>
    public ValueTask KillAsync()
    {
        _isDead = true;
        return _way.DisposeAsync();
    }

    /// <summary>Nothing passes any more, until <see cref="Join"/>.</summary>
    public void Cut() => _way.Freeze();

    /// <summary>All that was held back passes.</summary>
    public void Join() => _way.Thaw();

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _redis.DisposeAsync();
        if (!_isDead)
            await _way.DisposeAsync();
    }
}
