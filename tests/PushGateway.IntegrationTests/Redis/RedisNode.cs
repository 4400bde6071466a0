using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.Redis;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What a node has of Redis, without the rest of the node.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    public RedisNode(string connection, string prefix = "pg", Action<RedisOptions>? configure = null, ILoggerFactory? loggers = null)
    {
        var options = new RedisOptions { Connection = connection, Prefix = prefix };
        configure?.Invoke(options);
        loggers ??= NullLoggerFactory.Instance;
        Connection = new RedisConnection(Options.Create(options), TimeProvider.System, loggers);
        Source = new RedisBroker(Connection, TimeProvider.System, loggers.CreateLogger<RedisBroker>());
        Broker = new BrokerNode(Source);
        Lease = new Lease(Connection, loggers.CreateLogger<Lease>());
        Cluster = new RedisCluster(Connection, Lease, TimeProvider.System, loggers.CreateLogger<RedisCluster>());
        Presence = new RedisPresence(Connection, Source, Lease, loggers.CreateLogger<RedisPresence>());
    }

    public RedisConnection Connection { get; }

    public RedisBroker Source { get; }

    public BrokerNode Broker { get; }

    public Lease Lease { get; }

    public RedisCluster Cluster { get; }

    public RedisPresence Presence { get; }

    /// <summary>Keeps tests on one Redis out of each other's way.</summary>
    public static string UniquePrefix() => $"test-{Guid.NewGuid():N}";

    public async ValueTask DisposeAsync()
    {
        await Presence.DisposeAsync();
        await Cluster.DisposeAsync();
        await Broker.Broker.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
