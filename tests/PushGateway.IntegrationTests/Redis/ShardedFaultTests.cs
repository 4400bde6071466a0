using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What happens when a Redis Cluster moves slots, changes its primaries or loses one.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class ShardedFaultTests(RedisClusterServers redis) : IAsyncLifetime
{
    private readonly string[] _channels = [.. Enumerable.Range(0, 300).Select(i => $"user:#{i}")];
    private readonly string _prefix = RedisNode.UniquePrefix();
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private BrokerNode Broker => _node.Broker;

    public async ValueTask InitializeAsync()
    {
        await redis.UntilWholeAsync();
        _node = new RedisNode(redis.ConnectionString, _prefix);
        await Broker.StartAsync();
        await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is null && _node.Connection.Publishing.IsWhole);
        await Task.WhenAll(_channels.Select(Broker.SubscribeAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await redis.UntilWholeAsync();
    }

    [Fact]
    public async Task A_slot_that_moves_while_messages_are_published_takes_its_subscriptions_along()
    {
        const string Moving = "user:#7";
        var key = $"{_prefix}:h:{{{Moving}}}";
        var target = await redis.FindOtherAsync(key);
        var published = 0;
        Task PublishAsync() => Broker.PublishAsync(Moving, $"{published++}");

        // One whose subscription is new while its slot is on the way.
        await redis.MoveSlotAsync(key, target, async () =>
        {
            await PublishAsync();
            await Patience.UntilAsync(() => Broker.Inbox.CountOf(Moving) == published);
            await Broker.UnsubscribeAsync(Moving);
            await Broker.SubscribeAsync(Moving);
            await PublishAsync();
        });

        await Patience.UntilAsync(() => Broker.Inbox.Resubscriptions > 0);
        for (var i = 0; i < 100; i++)
            await PublishAsync();
        await Patience.UntilAsync(() => Broker.Inbox.TextsOf(Moving).LastOrDefault() == $"{published - 1}");
        Assert.Equal(Enumerable.Range(0, published).Select(i => $"{i}"), Broker.Inbox.TextsOf(Moving));
        Assert.Null(Broker.Broker.WhyNotReady);
        await AssertAllArriveAsync();
    }

    [Fact]
    public async Task A_history_moves_with_its_slot_and_keeps_all_that_was_acknowledged()
    {
        const string Moving = "user:#8";
        var limits = new HistoryLimits(1_000, TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        var key = $"{_prefix}:h:{{{Moving}}}";
        var target = await redis.FindOtherAsync(key);
        var acknowledged = new List<ulong>();
        async Task PublishAsync()
        {
            for (var i = 0; i < 20; i++)
                try
                {
                    var outcome = await Broker.Broker.PublishAsync(Moving, new Publication("1"u8.ToArray()), new PublishOptions(limits), Cancellation);
                    acknowledged.Add(outcome.Position!.Value.Offset);
                }
                catch (BrokerUnavailableException)
                {
                    // Some of the keys are at one primary and some at the other.
                }
        }

        await PublishAsync();
        await redis.MoveSlotAsync(key, target, PublishAsync);
        await Patience.UntilAsync(() => Broker.Inbox.Resubscriptions > 0);
        var before = acknowledged.Count;
        await Patience.UntilAsync(async () =>
        {
            await PublishAsync();
            return acknowledged.Count > before;
        });

        await Patience.UntilAsync(() => Broker.Inbox.Of(Moving).LastOrDefault()?.Offset == acknowledged[^1]);
        var page = await Broker.Broker.ReadHistoryAsync(Moving, new HistoryQuery(1_000), limits, Cancellation);
        Assert.Empty(acknowledged.Except(page.Publications.Select(publication => publication.Offset)));
        Assert.Equal(acknowledged, acknowledged.Distinct().Order());
    }

    [Fact]
    public async Task The_rights_that_the_document_names_are_enough()
    {
        var documented = Repository.Read("docs/redis.md").Split('\n').Single(line => line.StartsWith("ACL SETUSER gateway ", StringComparison.Ordinal));
        await redis.ExecuteOnAllAsync([.. documented.Split(' ')]);
        await using var node = new RedisNode($"{redis.ConnectionString},user=gateway,password=secret");
        await node.Broker.StartAsync();
        await node.Cluster.StartAsync(new StubNode("a"), Cancellation);
        await Task.WhenAll(_channels.Select(node.Broker.SubscribeAsync));

        await Task.WhenAll(_channels.Select(channel => node.Broker.PublishAsync(channel, "1")));

        await Patience.UntilAsync(() => node.Broker.Inbox.Count == _channels.Length);
        await node.UsePresenceAsync(_channels[0]);
        await Patience.UntilAsync(() => node.Broker.Broker.WhyNotReady is null);
        Assert.Contains("a", (await node.Cluster.GetNodesAsync(Cancellation)).Select(known => known.Id)); // Others may share the cluster.
    }

    [Fact]
    public async Task Channels_follow_a_replica_that_is_promoted()
    {
        var (_, replica) = await redis.FindAsync($"{{{_channels[0]}}}");

        await replica.ExecuteAsync("CLUSTER", "FAILOVER");

        await Patience.UntilAsync(() => Broker.Inbox.Resubscriptions > 0);
        await AssertAllArriveAsync();
        await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is null && _node.Connection.Publishing.IsWhole);
    }

    [Fact]
    public async Task Channels_of_a_primary_that_died_are_received_from_its_successor()
    {
        var (primary, _) = await redis.FindAsync($"{{{_channels[0]}}}");

        await primary.StopAsync(Cancellation);
        await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is not null);
        await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is null);
        Assert.True(Broker.Inbox.Resubscriptions > 0);
        await AssertAllArriveAsync();

        await primary.StartAsync(Cancellation);
        await redis.UntilWholeAsync();
        await AssertAllArriveAsync();
        Assert.Null(Broker.Broker.WhyNotReady);
        await Patience.UntilAsync(() => _node.Connection.Publishing.IsWhole);
    }

    [Fact]
    public async Task Nothing_is_expected_any_more_from_a_silent_primary_that_was_replaced()
    {
        var (primary, _) = await redis.FindAsync($"{{{_channels[0]}}}");

        await primary.PauseAsync(Cancellation);
        try
        {
            await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is not null);
            await Patience.UntilAsync(() => Broker.Broker.WhyNotReady is null);
            await AssertAllArriveAsync();
        }
        finally
        {
            await primary.ResumeAsync(Cancellation);
        }

        await redis.UntilWholeAsync();
        await AssertAllArriveAsync();
    }

    /// <summary>Publishes to each channel until it comes.</summary>
    private async Task AssertAllArriveAsync()
    {
        var before = _channels.ToDictionary(channel => channel, Broker.Inbox.CountOf);
        await Patience.UntilAsync(async () =>
        {
            var missing = _channels.Where(channel => Broker.Inbox.CountOf(channel) == before[channel]).ToArray();
            await Task.WhenAll(missing.Select(TryPublishAsync));
            return missing.Length == 0;
        });
    }

    private async Task TryPublishAsync(string channel)
    {
        try
        {
            await Broker.PublishAsync(channel, "again");
        }
        catch (BrokerUnavailableException)
        {
            // The cluster is not whole yet.
        }
    }
}
