using System.Text;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Nodes that stop, nodes that end without a word, and what is none of the nodes'.</summary>
public sealed class RedisLeaseTests(RedisServer redis) : IAsyncLifetime
{
    private readonly string _prefix = RedisNode.UniquePrefix();
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = NewNode();
        await _node.Cluster.StartAsync(new StubNode("a", new ChannelCount("news", 1)), Cancellation);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_node_that_stops_is_gone_at_once()
    {
        await using (var stopping = NewNode())
        {
            await stopping.Cluster.StartAsync(new StubNode("b", new ChannelCount("news", 10)), Cancellation);
            Assert.Equal(["a", "b"], await IdsAsync());
        }

        Assert.Equal(["a"], await IdsAsync());
        var page = await _node.Cluster.GetChannelsAsync(new ChannelQuery(null, null, 10), Cancellation);
        Assert.Equal([new ChannelCount("news", 1)], page.Channels);
        Assert.Empty(page.SilentNodes);
    }

    [Fact]
    public async Task A_node_that_cannot_describe_itself_any_more_still_leaves()
    {
        var stub = new StubNode("b");
        await using (var stopping = NewNode())
        {
            await stopping.Cluster.StartAsync(stub, Cancellation);
            stub.Failure = new ObjectDisposedException("Thrown by the test.");
        }

        Assert.Equal(["a"], await IdsAsync());
    }

    [Fact]
    public async Task A_node_that_died_is_silent_at_first_then_gone_and_its_traces_are_removed()
    {
        var dying = NewNode();
        await dying.Cluster.StartAsync(new StubNode("b", new ChannelCount("news", 10)), Cancellation);
        Assert.Equal(["a", "b"], await IdsAsync());

        // Without its connection it can neither renew its lease nor give it up.
        await dying.Connection.DisposeAsync();
        var page = await _node.Cluster.GetChannelsAsync(new ChannelQuery(null, null, 10), Cancellation);
        Assert.Equal([new ChannelCount("news", 1)], page.Channels);
        Assert.Equal(["b"], page.SilentNodes);

        await Patience.UntilAsync(async () => (await IdsAsync()) is ["a"]);
        await using var control = await RedisServerControl.ConnectAsync(redis);
        await Patience.UntilAsync(async () => await control.Database.SortedSetLengthAsync($"{_prefix}:{{cluster}}:leases") == 1);
        Assert.Equal(1, await control.Database.HashLengthAsync($"{_prefix}:{{cluster}}:nodes"));
        await dying.DisposeAsync();
    }

    [Fact]
    public async Task A_node_whose_lease_was_lost_takes_it_again()
    {
        await using var control = await RedisServerControl.ConnectAsync(redis);
        await using var other = NewNode();
        await other.Cluster.StartAsync(new StubNode("b"), Cancellation);

        // What a Redis that comes back empty has forgotten: keys and scripts.
        await control.Database.ExecuteAsync("SCRIPT", "FLUSH");
        await control.Database.KeyDeleteAsync([$"{_prefix}:{{cluster}}:leases", $"{_prefix}:{{cluster}}:nodes"]);

        await Patience.UntilAsync(async () => (await IdsAsync()) is ["a", "b"]);
    }

    [Fact]
    public async Task Foreign_control_messages_and_leases_disturb_nobody()
    {
        await using var other = NewNode();
        await other.Cluster.StartAsync(new StubNode("b", new ChannelCount("news", 10)), Cancellation);
        await using var control = await RedisServerControl.ConnectAsync(redis);
        string[] messages =
        [
            "", "{", "[]", "null", "{}", """{"version":2,"kind":"channels"}""", """{"version":1,"kind":"channels","id":"x","from":"x","replyTo":"x"}""",
            """{"version":1,"kind":"channels","id":"x","from":"x","replyTo":"x","body":7}""", """{"version":1,"kind":"future","id":"x","from":"x","replyTo":"x","body":{}}""",
            """{"version":1,"kind":"channels","id":"x","from":"x","body":[]}""", """{"version":1}""",
        ];
        foreach (var message in messages)
            await control.PublishAsync($"{_prefix}:{{cluster}}:control", Encoding.UTF8.GetBytes(message));
        await control.Database.HashSetAsync($"{_prefix}:{{cluster}}:nodes", "z", "no JSON");
        await control.Database.SortedSetAddAsync($"{_prefix}:{{cluster}}:leases", "z", long.MaxValue);

        var page = await _node.Cluster.GetChannelsAsync(new ChannelQuery(null, null, 10), Cancellation);

        Assert.Equal([new ChannelCount("news", 11)], page.Channels);
        Assert.Equal(["a", "b"], await IdsAsync());
    }

    private async Task<string[]> IdsAsync() => [.. (await _node.Cluster.GetNodesAsync(Cancellation)).Select(node => node.Id)];

    private RedisNode NewNode() => new(redis.ConnectionString, _prefix, options =>
    {
        options.CommandTimeout = TimeSpan.FromSeconds(10);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
        options.LeaseDuration = TimeSpan.FromSeconds(2);
    });
}
