using System.Text;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Security;
using PushGateway.Tests.Transports;

namespace PushGateway.Tests.Fanout;

/// <summary>Publications that come together leave together, and otherwise as if they had come one by one.</summary>
public class BroadcastRunTests
{
    private static readonly ChannelRules Kept = new(ChannelAccess.Anonymous, ChannelAccess.Anonymous)
    {
        History = new HistoryLimits(100, TimeSpan.FromHours(1), TimeSpan.FromHours(2)),
    };

    private readonly TestNode _node = new(options => options.Connections.PingInterval = TimeSpan.FromHours(1));

    [Fact]
    public async Task Each_client_is_written_to_once_and_gets_all_in_order()
    {
        var clients = new[] { await _node.ConnectAsync(), await _node.ConnectAsync() };
        foreach (var client in clients)
        {
            await client.SubscribeAsync("news");
            client.Transport.RoomBytes = int.MaxValue;
        }

        var writes = clients.Select(client => client.Transport.Writes.Count).ToArray();
        _node.Hub.Deliver("news", Make("1"), Make("2"), Make("3"));

        Assert.Equal(writes.Select(count => count + 1), clients.Select(client => client.Transport.Writes.Count));
        Assert.All(clients, client => Assert.Equal(["1", "2", "3"], DataOf(client)));
    }

    [Fact]
    public void Long_ones_go_to_all_before_the_next_does()
    {
        List<(int Client, int Bytes)> order = [];
        for (var i = 0; i < 2; i++)
        {
            var (client, transport) = (i, new RecordingTransport { RoomBytes = int.MaxValue });
            transport.OnWrite = bytes => order.Add((client, bytes / 1000));
            Assert.Equal(SubscriptionState.Joining, _node.Subscribe(_node.Registry.Open(transport, ClientIdentity.Anonymous), "news").State);
        }

        foreach (var subscription in _node.Hub.SubscribersOf("news"))
        {
            Assert.Null(subscription.Connection.Subscriptions.Add(subscription, 1));
            Assert.True(subscription.Connection.Subscriptions.GoLive(subscription, []));
        }

        var data = $"\"{new string('x', 40_000)}\"";
        _node.Hub.Deliver("news", Make(data), Make("2"), Make(data), Make(data));
        Assert.Equal([(0, 40), (1, 40), (0, 40), (1, 40), (0, 40), (1, 40)], order);
    }

    [Fact]
    public async Task A_run_that_an_outbox_could_not_hold_closes_nobody_who_reads()
    {
        var node = new TestNode(options => (options.Connections.PingInterval, options.Connections.OutboxBytes) = (TimeSpan.FromHours(1), 4096));
        var client = await node.ConnectAsync();
        await client.SubscribeAsync("news");
        var data = $"\"{new string('x', 400)}\"";
        node.Hub.Deliver("news", [.. Enumerable.Repeat(Make(data), 100)]);
        Assert.Equal(100, DataOf(client).Length);
        Assert.Null(client.Transport.CloseCode);
    }

    [Theory]
    [InlineData(0UL, "1,2,3")]
    [InlineData(1UL, "2,3")]
    [InlineData(2UL, "3")]
    [InlineData(3UL, "")]
    public async Task Who_has_some_of_them_gets_the_others(ulong position, string expected)
    {
        var client = await _node.ConnectAsync();
        GoLive(client, position);
        _node.Hub.Deliver("kept", Make("1", 1), Make("2", 2), Make("3", 3));
        _node.Hub.Deliver("kept", Make("4", 4), Make("5", 5));
        Assert.Equal([.. expected.Split(',', StringSplitOptions.RemoveEmptyEntries), "4", "5"], DataOf(client));
    }

    [Fact]
    public async Task Who_lacks_what_came_before_them_is_told_to_subscribe_again()
    {
        var whole = await _node.ConnectAsync();
        GoLive(whole, position: 4);
        _node.Hub.Deliver("kept", Make("5", 5));
        var lacking = await _node.ConnectAsync();
        GoLive(lacking, position: 3);

        _node.Hub.Deliver("kept", Make("6", 6), Make("7", 7));

        Assert.Equal(["5", "6", "7"], DataOf(whole));
        Assert.Empty(DataOf(lacking));
        Assert.Contains("\"code\":2500", lacking.LastText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_to_be_replaced_stays_by_itself()
    {
        var rules = Kept with { History = null, KeepLatest = true };
        var client = await _node.ConnectAsync();
        GoLive(client, "state", rules, position: null);
        client.Transport.IsFull = true;
        _node.Hub.Deliver("state", Make("0"));
        _node.Hub.Deliver("state", Make("1") with { CollapseKey = "a" }, Make("2"), Make("3") with { CollapseKey = "a" });
        client.Transport.IsFull = false;
        client.Transport.Take();
        Assert.Equal(["0", "2", "3"], DataOf(client));
    }

    [Fact]
    public async Task Differences_follow_on_each_other()
    {
        var client = await _node.ConnectAsync();
        GoLive(client, "state", Kept with { History = null, Delta = true }, position: null, SubscriptionKind.Delta);
        var states = Enumerable.Range(0, 3).Select(i => $$"""{"long":"{{new string('x', 200)}}","number":{{i}}}""").ToArray();
        _node.Hub.Deliver("state", Make(states[0]), Make(states[1]), Make(states[2]));
        Assert.Equal(3, client.Texts.Count(text => text.Contains("\"pub\"", StringComparison.Ordinal)));
        Assert.Equal(2, client.Texts.Count(text => text.Contains("\"delta\":true", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_that_is_closed_in_the_middle_gets_nothing_behind_that()
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        client.Connection.Close(CloseReason.Shutdown);
        _node.Hub.Deliver("news", Make("1"), Make("2"));
        Assert.Empty(DataOf(client));
    }

    private static Publication Make(string data, ulong offset = 0) => new(Encoding.UTF8.GetBytes(data), Offset: offset) { Epoch = offset > 0 ? "epoch" : null };

    private static string[] DataOf(TestClient client) =>
        [.. client.Texts.Where(text => text.Contains("\"pub\"", StringComparison.Ordinal)).Select(text => text[(text.IndexOf("\"data\":", StringComparison.Ordinal) + 7)..].Split(",\"offset\"")[0].TrimEnd('}'))];

    private void GoLive(TestClient client, ulong position) => GoLive(client, "kept", Kept, position);

    private void GoLive(TestClient client, string channel, ChannelRules rules, ulong? position, SubscriptionKind kind = SubscriptionKind.None)
    {
        var subscription = _node.Hub.Subscribe(client.Connection, channel, rules, kind, out _);
        Assert.Null(client.Connection.Subscriptions.Add(subscription, 10));
        Assert.True(client.Connection.Subscriptions.GoLive(subscription, [], position));
    }
}
