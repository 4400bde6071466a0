using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.Presence;
using PushGateway.Redis;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Diagnostics;
using PushGateway.Redis.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What a node has of Redis, without the rest of the node.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public RedisNode(string connection, string prefix = "pg", Action<RedisOptions>? configure = null, ILoggerFactory? loggers = null, TimeProvider? time = null, RedisMeters? meters = null)
    {
        var options = new RedisOptions { Connection = connection, Prefix = prefix };
        configure?.Invoke(options);
        loggers ??= NullLoggerFactory.Instance;
        time ??= TimeProvider.System;
        Connection = new RedisConnection(Options.Create(options), time, meters ?? new RedisMeters(_services.GetRequiredService<IMeterFactory>()), loggers);
        Source = new RedisBroker(Connection, time, loggers.CreateLogger<RedisBroker>());
        Broker = new BrokerNode(Source);
        Lease = new Lease(Connection, loggers.CreateLogger<Lease>());
        Cluster = new RedisCluster(Connection, Lease, time, loggers.CreateLogger<RedisCluster>());
        Presence = new RedisPresence(Connection, Source, Lease, loggers.CreateLogger<RedisPresence>());
    }

    public RedisConnection Connection { get; }

    public RedisBroker Source { get; }

    public BrokerNode Broker { get; }

    public Lease Lease { get; }

    public RedisCluster Cluster { get; }

    public RedisPresence Presence { get; }

    /// <summary>Does all that a node does with presence, and reaps a node that died.</summary>
    public async Task UsePresenceAsync(string channel)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var inbox = new PresenceInbox();
        await Presence.StartAsync(inbox, cancellation);
        var keys = new ClusterKeys(Connection.Options.Prefix);
        await Connection.RunAsync(
            static async (redis, keys) =>
            {
                await redis.SortedSetAddAsync(keys.Graves, "deadnode", 1);
                return await redis.SortedSetAddAsync(keys.Channels("deadnode"), "elsewhere", 0);
            },
            keys,
            cancellation);

        var rules = new MembershipRules(Announces: true, TimeSpan.FromMinutes(1));
        var (first, second) = (new Membership(channel, Guid.NewGuid(), "ann", rules), new Membership(channel, Guid.NewGuid(), "ann", rules));
        await Presence.JoinAsync(first, cancellation);
        await Presence.LeaveAsync(first, mayReturn: true);
        await Presence.JoinAsync(second, cancellation);
        await Patience.UntilAsync(() => inbox.TextsOf(channel) is [_, var returned] && returned.StartsWith("Returned", StringComparison.Ordinal));
        Assert.Single((await Presence.ReadAsync(channel, new PresenceQuery(10), cancellation)).Members);
        await Presence.LeaveAsync(second, mayReturn: false);

        var user = new Membership("#ann", Guid.NewGuid(), "ann", new MembershipRules(Announces: false, TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(1), Announces: true)));
        await Presence.JoinAsync(user, cancellation);
        Assert.True((await Presence.ReadUsersAsync(["ann"], cancellation))[0].IsOnline);
        await Presence.LeaveAsync(user, mayReturn: false);
        await Patience.UntilAsync(() => inbox.AnnouncementsOf("ann").Length > 0);
        await Patience.UntilAsync(async () => await Connection.RunAsync(static (redis, keys) => redis.SortedSetLengthAsync(keys.Graves), keys, cancellation) == 0);
    }

    /// <summary>Keeps tests on one Redis out of each other's way.</summary>
    public static string UniquePrefix() => $"test-{Guid.NewGuid():N}";

    public async ValueTask DisposeAsync()
    {
        await Presence.DisposeAsync();
        await Cluster.DisposeAsync();
        await Broker.Broker.DisposeAsync();
        await Connection.DisposeAsync();
        await _services.DisposeAsync();
    }
}
