using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What happens when Sentinel makes another server the primary.</summary>
public sealed class SentinelTests : IAsyncLifetime
{
    private RedisSentinel _redis = null!;
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private BrokerNode Broker => _node.Broker;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisSentinel.StartAsync(Cancellation);
        _node = new RedisNode(_redis.ConnectionString);
        await Broker.StartAsync();
        await _node.Cluster.StartAsync(new StubNode("a"), Cancellation);
        await Broker.SubscribeAsync("news");
        await Broker.PublishAsync("news", "before");
        await Patience.UntilAsync(() => Broker.Inbox.CountOf("news") == 1 && Broker.Broker.WhyNotReady is null);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Commands_and_subscriptions_go_to_the_successor_of_a_primary_that_died()
    {
        var (primary, replica) = await _redis.FindAsync();

        await primary.StopAsync(Cancellation);
        await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is not null);

        await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is null);
        await AssertIsAtAsync(replica, not: null);

        // Back as a replica: nothing is to go to it.
        await primary.StartAsync(Cancellation);
        await _redis.UntilWholeAsync();
        await AssertIsAtAsync(replica, not: primary);
    }

    [Fact]
    public async Task A_primary_that_was_made_a_replica_is_left_for_the_new_one()
    {
        var (primary, replica) = await _redis.FindAsync();

        await _redis.FailOverAsync();

        await Patience.UntilAsync(async () => (await _redis.FindAsync()).Primary == replica);
        await _redis.UntilWholeAsync();
        await Patience.UntilAsync(() => Broker.Inbox.Resubscriptions > 0 && Broker.Broker.WhyNotReady is null);
        await AssertIsAtAsync(replica, not: primary);
    }

    private async Task AssertIsAtAsync(RedisMember member, RedisMember? not)
    {
        await Patience.UntilAsync(async () => await CountAsync(member) == 1);
        if (not is not null)
            await Patience.UntilAsync(async () => await CountAsync(not) == 0);
        await Patience.UntilAsync(() => _node.Connection.Publishing.IsWhole);
        var count = Broker.Inbox.CountOf("news");
        await Patience.UntilAsync(async () =>
        {
            try
            {
                await Broker.PublishAsync("news", "after");
                return Broker.Inbox.CountOf("news") > count;
            }
            catch (BrokerUnavailableException)
            {
                return false;
            }
        });
        await Patience.UntilAsync(async () => (await _node.Cluster.GetNodesAsync(Cancellation)).Count == 1);
        Assert.Equal("master", (await member.ExecuteAsync("ROLE"))[0].ToString());
    }

    private static async Task<long> CountAsync(RedisMember member) => (long)(await member.ExecuteAsync("PUBSUB", "NUMSUB", "pg:c:{news}"))[1];
}
