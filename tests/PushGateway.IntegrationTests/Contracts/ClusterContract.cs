using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="ICluster"/> promises, for every cluster to inherit.</summary>
public abstract class ClusterContract : IAsyncLifetime
{
    private readonly StubNode[] _nodes =
    [
        new("a", new ChannelCount("news", 1), new ChannelCount("only-a", 2)),
        new("b", new ChannelCount("news", 10), new ChannelCount("only-b", 3)),
        new("c", new ChannelCount("news", 100)),
    ];

    private ICluster[] _clusters = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The nodes that are there: all, or the first where there can be only one.</summary>
    private StubNode[] Present => _nodes[.._clusters.Length];

    public async ValueTask InitializeAsync()
    {
        _clusters = await CreateClustersAsync(_nodes.Length);
        for (var i = 0; i < _clusters.Length; i++)
            await _clusters[i].StartAsync(_nodes[i], Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var cluster in _clusters)
            await cluster.DisposeAsync();
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_node_lists_every_node_by_id_as_soon_as_it_started()
    {
        foreach (var cluster in _clusters)
            Assert.Equal(Present.Select(node => node.Describe()), await cluster.GetNodesAsync(Cancellation));
    }

    [Fact]
    public async Task A_nodes_own_numbers_are_those_of_this_moment()
    {
        _nodes[0].Connections = 5;

        Assert.Equal(5, (await _clusters[0].GetNodesAsync(Cancellation))[0].Connections);
    }

    [Fact]
    public async Task Every_node_lists_the_channels_of_all_nodes_with_their_sums()
    {
        var expected = Present
            .SelectMany(node => node.ListChannels(new ChannelQuery(null, null, 100)))
            .GroupBy(entry => entry.Channel)
            .Select(group => new ChannelCount(group.Key, group.Sum(entry => entry.Subscribers)))
            .OrderBy(entry => entry.Channel, StringComparer.Ordinal);

        foreach (var cluster in _clusters)
        {
            var page = await cluster.GetChannelsAsync(new ChannelQuery(null, null, 100), Cancellation);
            Assert.Equal(expected, page.Channels);
            Assert.False(page.More);
            Assert.Empty(page.SilentNodes);
        }
    }

    [Fact]
    public async Task Pages_follow_one_another_without_gap_or_repetition()
    {
        var whole = await _clusters[0].GetChannelsAsync(new ChannelQuery(null, null, 100), Cancellation);
        var paged = new List<ChannelCount>();
        ChannelPage page;
        do
        {
            page = await _clusters[0].GetChannelsAsync(new ChannelQuery(null, paged.LastOrDefault().Channel, 1), Cancellation);
            paged.Add(Assert.Single(page.Channels));
        }
        while (page.More);

        Assert.Equal(whole.Channels, paged);
    }

    [Fact]
    public async Task The_pattern_reaches_every_node()
    {
        foreach (var cluster in _clusters)
        {
            var page = await cluster.GetChannelsAsync(new ChannelQuery("only-*", null, 100), Cancellation);
            Assert.All(page.Channels, entry => Assert.StartsWith("only-", entry.Channel, StringComparison.Ordinal));
            Assert.NotEmpty(page.Channels);
        }
    }

    [Fact]
    public async Task A_disconnection_reaches_every_node_once()
    {
        var order = new Disconnection("42", 4001, "bye 漢", "6f1c0d4e-2b7a-4c53-9a51-0d6b7e8f9a10");
        await AssertReachesAllAsync(order, cluster => cluster.DisconnectAsync(order, Cancellation));
        await AssertReachesAllAsync(new Disconnection("42"), cluster => cluster.DisconnectAsync(new Disconnection("42"), Cancellation));
    }

    [Fact]
    public async Task An_unsubscription_reaches_every_node_once()
    {
        var order = new Unsubscription("42", "room#42", "6f1c0d4e-2b7a-4c53-9a51-0d6b7e8f9a10");
        await AssertReachesAllAsync(order, cluster => cluster.UnsubscribeAsync(order, Cancellation));
    }

    [Fact]
    public async Task A_subscription_reaches_every_node_once()
    {
        var order = new ServerSubscription(
            "42", "news", """{"name":""漢" 😀"}""", new StreamPosition((1UL << 53) - 1, "epoch"), "6f1c0d4e-2b7a-4c53-9a51-0d6b7e8f9a10");
        await AssertReachesAllAsync(order, cluster => cluster.SubscribeAsync(order, Cancellation));
        var bare = new ServerSubscription("42", "news");
        await AssertReachesAllAsync(bare, cluster => cluster.SubscribeAsync(bare, Cancellation));
    }

    [Fact]
    public async Task A_revocation_reaches_every_node_once_and_all_of_it()
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
        foreach (var revocation in new Revocation[]
        {
            new("42", moment, null, moment.AddYears(50)), new("a b:漢\"", moment, null, null), new(null, default, "jti 漢", moment.AddYears(50)), new(null, default, "u:42", null),
        })
            await AssertReachesAllAsync(revocation, cluster => cluster.RevokeAsync(revocation, Cancellation));
    }

    [Fact]
    public void Every_node_that_started_knows_that_it_knows_all_revocations() => Assert.All(Present, node => Assert.True(node.KnowsAll));

    private async Task AssertReachesAllAsync(object order, Func<ICluster, ValueTask<Reached>> give)
    {
        foreach (var (i, node) in Present.Index())
            node.Reaches = new Reached(1 << i, LimitExceeded: 1);
        foreach (var cluster in _clusters)
        {
            var reached = await give(cluster);
            Assert.Equal(((1 << Present.Length) - 1, Present.Length), (reached.Count, reached.LimitExceeded));
            Assert.Empty(reached.SilentNodes);
            Assert.All(Present, node => Assert.Equal([order], node.Orders));
            foreach (var node in Present)
                node.Orders.Clear();
        }
    }

    /// <summary>Makes clusters that share a back end, or the one of a node that stands alone.</summary>
    private protected abstract ValueTask<ICluster[]> CreateClustersAsync(int count);

    /// <summary>After all clusters are disposed.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;
}
