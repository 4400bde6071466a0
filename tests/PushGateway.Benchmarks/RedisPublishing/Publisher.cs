using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Redis;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Diagnostics;

namespace PushGateway.Benchmarks.RedisPublishing;

/// <summary>What a node publishes with.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private readonly RedisConnection _connection;

    private Publisher(RedisConnection connection)
    {
        _connection = connection;
        Broker = new RedisBroker(connection, TimeProvider.System, NullLogger<RedisBroker>.Instance);
    }

    public IBroker Broker { get; }

    /// <param name="redis">Host and port.</param>
    /// <param name="own">Whether by the connection of our own; else by StackExchange.Redis.</param>
    public static async Task<Publisher> ConnectAsync(string redis, bool own)
    {
        var meters = new RedisMeters(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
        var publisher = new Publisher(new RedisConnection(Options.Create(new RedisOptions { Connection = redis }), TimeProvider.System, meters, NullLoggerFactory.Instance));
        publisher._connection.Start();
        if (!own)
            await publisher._connection.Publishing.DisposeAsync();
        while (publisher.Broker.WhyNotReady is not null || (own && !publisher._connection.Publishing.IsWhole))
            await Task.Delay(50);
        return publisher;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
