using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Connections;

/// <summary>What back ends order, on one node.</summary>
public class OrderHandlerTests
{
    private const string Denied = """{"id":2,"error":{"code":103,"message":"permission denied"}}""";
    private const string Ended = """{"push":{"channel":"news","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}""";
    private const string Subscribed = """{"push":{"channel":"news","subscribe":{}}}""";

    private readonly TestNode _node = new(options =>
    {
        options.Connections.MaxSubscriptions = 3;
        options.Connections.OutboxBytes = 16 * 1024;
        options.UserChannels.HistorySize = 0;
        options.Namespaces["kept"] = new ChannelOptions { HistorySize = 10, Subscribe = ChannelAccess.Nobody };
        options.Namespaces["state"] = new ChannelOptions { HistorySize = 10, RecoveryMode = RecoveryMode.Cache };
        options.Namespaces["room"] = new ChannelOptions { Presence = true };
    });

    private LocalNode Local => _node.Local;

    [Fact]
    public async Task All_connections_of_a_user_are_closed_and_no_other()
    {
        TestClient[] mine = [await _node.ConnectAsync("42"), await _node.ConnectAsync("42")];
        TestClient[] others = [await _node.ConnectAsync("4"), await _node.ConnectAsync("421"), await _node.ConnectAsync()];

        Assert.Equal(new Reached(2), Local.Disconnect(new Disconnection("42")));

        Assert.All(mine, client => Assert.Equal("3503 force disconnect", CloseOf(client)));
        Assert.All(others, client => Assert.True(client.Connection.IsOpen));
        Assert.Equal(new Reached(0), Local.Disconnect(new Disconnection("42")));
        Assert.Equal(new Reached(0), Local.Disconnect(new Disconnection("nobody")));
    }

    [Theory]
    [InlineData(3503, null, "3503 force disconnect")]
    [InlineData(3503, "banned", "3503 banned")]
    [InlineData(3503, "", "3503 ")]
    [InlineData(3011, null, "3011 force reconnect")]
    [InlineData(4000, null, "4000 ")]
    [InlineData(4999, "gone 漢", "4999 gone 漢")]
    public async Task The_client_is_told_code_and_reason(int code, string? reason, string told)
    {
        var client = await _node.ConnectAsync("42");
        Local.Disconnect(new Disconnection("42", code, reason));
        Assert.Equal(told, CloseOf(client));
    }

    [Theory]
    [InlineData(3503, '-')]
    [InlineData(4500, '-')]
    [InlineData(3011, '~')]
    [InlineData(4499, '~')]
    public async Task Who_is_sent_away_for_good_leaves_at_once_and_who_may_come_back_does_not(int code, char leaving)
    {
        await _node.ConnectAsync("42");
        Local.Disconnect(new Disconnection("42", code));
        Assert.Equal(["+#42 42", $"{leaving}#42 42"], _node.Presence.Calls);
    }

    [Fact]
    public async Task One_connection_can_be_meant()
    {
        TestClient[] mine = [await _node.ConnectAsync("42"), await _node.ConnectAsync("42")];
        var other = await _node.ConnectAsync("43");
        foreach (var client in mine)
            await client.SubscribeAsync("news");

        Assert.Equal(new Reached(0), Local.Disconnect(new Disconnection("42", Client: IdOf(other))));
        Assert.Equal(new Reached(1), Local.Unsubscribe(new Unsubscription("42", "news", IdOf(mine[1]))));
        Assert.Equal([false, true], mine.Select(client => client.LastText == Ended));
        Assert.Equal(new Reached(1), await Local.SubscribeAsync(new ServerSubscription("42", "more", Client: IdOf(mine[1]))));
        Assert.Equal([false, true], mine.Select(client => client.Connection.Subscriptions.Contains("more")));
        Assert.Equal(new Reached(1), Local.Disconnect(new Disconnection("42", Client: IdOf(mine[1]).ToUpperInvariant())));
        Assert.Equal([true, false], mine.Select(client => client.Connection.IsOpen));
    }

    [Fact]
    public async Task A_connection_that_still_connects_is_closed_too()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = _node.Open("42");
        var connecting = client.SendAsync("""{"id":1,"connect":{}}""");
        Assert.Equal(new Reached(1), Local.Disconnect(new Disconnection("42")));
        confirmed.SetResult();
        await connecting;
        Assert.Empty(client.Texts);
        Assert.Equal(3503, client.Transport.CloseCode);
    }

    [Fact]
    public async Task Subscriptions_end_whoever_made_them_and_nothing_follows()
    {
        var byItself = await _node.ConnectAsync("42");
        var byServer = await _node.ConnectAsync("42");
        var other = await _node.ConnectAsync("43");
        await byItself.SubscribeAsync("news");
        await Local.SubscribeAsync(new ServerSubscription("42", "news", Client: IdOf(byServer)));
        await other.SubscribeAsync("news");

        Assert.Equal(new Reached(2), Local.Unsubscribe(new Unsubscription("42", "news")));
        _node.Deliver("news", "1");

        Assert.Equal(Ended, byItself.LastText);
        Assert.Equal(Ended, byServer.LastText);
        Assert.Equal(Push("news", "1"), other.LastText);
        Assert.Equal(new Reached(0), Local.Unsubscribe(new Unsubscription("42", "news")));
        Assert.All([byItself, byServer], client => Assert.True(client.Connection.IsOpen));
    }

    [Fact]
    public async Task A_subscription_that_is_ended_while_it_is_made_is_refused_and_leaves_nothing_behind()
    {
        var client = await _node.ConnectAsync("42");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var subscribing = client.SubscribeAsync("news");
        Assert.Equal(new Reached(1), Local.Unsubscribe(new Unsubscription("42", "news")));
        _node.Deliver("news", "1");
        confirmed.SetResult();
        await subscribing;
        _node.Deliver("news", "2");

        Assert.Equal([Denied], client.Texts.Skip(1));
        Assert.Empty(_node.Hub.ListChannels(new("news", null, 10)));
    }

    [Fact]
    public async Task It_is_refused_for_good_when_the_broker_fails_at_that_moment_or_the_client_was_to_be_recovered()
    {
        var client = await _node.ConnectAsync("42");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var subscribing = client.SubscribeAsync("news");
        Local.Unsubscribe(new Unsubscription("42", "news"));
        confirmed.SetException(new BrokerUnavailableException("away"));
        await subscribing;
        Assert.Equal(Denied, client.LastText);

        var node = new TestNode(options => options.Channels.HistorySize = 10);
        client = await node.ConnectAsync("42");
        var read = new TaskCompletionSource<HistoryPage>();
        node.Broker.OnReadHistory = (_, _) => new(read.Task);
        subscribing = client.SendAsync("""{"id":2,"subscribe":{"channel":"news","recover":true,"epoch":"old","offset":1,"flag":2}}""");
        node.Local.Unsubscribe(new Unsubscription("42", "news"));
        read.SetResult(new HistoryPage(new StreamPosition(5, "new"), [], 5, IsContinuous: false));
        await subscribing;
        Assert.Equal(Denied, client.LastText);
    }

    [Fact]
    public async Task A_member_that_is_sent_away_while_it_joins_is_none_afterwards()
    {
        var client = await _node.ConnectAsync("42");
        var joined = new TaskCompletionSource();
        _node.Presence.OnJoin = _ => new ValueTask(joined.Task);
        var subscribing = client.SubscribeAsync("room:1");
        Local.Unsubscribe(new Unsubscription("42", "room:1"));
        joined.SetResult();
        await subscribing;
        Assert.Equal(Denied, client.LastText);
        Assert.Equal(["+room:1 42", "-room:1 42"], _node.Presence.Calls.Skip(1));
    }

    [Fact]
    public async Task Every_connection_is_subscribed_and_told_before_the_first_publication()
    {
        TestClient[] mine = [await _node.ConnectAsync("42"), await _node.ConnectAsync("42")];
        var other = await _node.ConnectAsync("43");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);

        var subscribing = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        _node.Deliver("news", "1");
        confirmed.SetResult();
        Assert.Equal(new Reached(2), await subscribing);
        _node.Deliver("news", "2");

        Assert.All(mine, client => Assert.Equal([Subscribed, Push("news", "1"), Push("news", "2")], client.Texts.Skip(1)));
        Assert.Single(other.Texts);
    }

    [Fact]
    public async Task What_clients_may_do_by_themselves_does_not_matter()
    {
        var client = await _node.ConnectAsync("42");
        await client.SubscribeAsync("kept:1");
        Assert.Equal(Denied, client.LastText);

        Assert.Equal(new Reached(1), await Local.SubscribeAsync(new ServerSubscription("42", "kept:1")));
        Assert.Equal("""{"push":{"channel":"kept:1","subscribe":{"recoverable":true,"epoch":"epoch","positioned":true}}}""", client.LastText);
    }

    [Fact]
    public async Task Who_is_subscribed_already_is_left_as_it_is_and_counts()
    {
        var client = await _node.ConnectAsync("42");
        await client.SubscribeAsync("news");
        Assert.Equal(new Reached(1), await Local.SubscribeAsync(new ServerSubscription("42", "news")));
        Assert.Equal(new Reached(1), await Local.SubscribeAsync(new ServerSubscription("42", "more")));
        Assert.Equal(new Reached(1), await Local.SubscribeAsync(new ServerSubscription("42", "more")));
        _node.Deliver("news", "1");
        _node.Deliver("more", "2");
        Assert.Equal(
            ["""{"id":2,"subscribe":{}}""", Subscribed.Replace("news", "more", StringComparison.Ordinal), Push("news", "1"), Push("more", "2")], client.Texts.Skip(1));
        await client.SubscribeAsync("more");
        Assert.Equal("""{"id":2,"error":{"code":105,"message":"already subscribed"}}""", client.LastText);
    }

    [Fact]
    public async Task Of_two_that_subscribe_a_connection_at_the_same_time_one_does()
    {
        var client = await _node.ConnectAsync("42");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var first = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        var second = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        await client.SubscribeAsync("news");
        confirmed.SetResult();

        Assert.Equal(new Reached(1), await first);
        Assert.Equal(new Reached(1), await second);
        _node.Deliver("news", "1");
        Assert.Equal(["""{"id":2,"error":{"code":105,"message":"already subscribed"}}""", Subscribed, Push("news", "1")], client.Texts.Skip(1));
        Assert.Equal(1, Assert.Single(_node.Hub.ListChannels(new("news", null, 10))).Subscribers);
    }

    [Fact]
    public async Task Who_has_as_many_subscriptions_as_it_may_is_counted_apart()
    {
        var full = await _node.ConnectAsync("42");
        await full.SubscribeAsync("a");
        await full.SubscribeAsync("b");
        await _node.ConnectAsync("42");
        Assert.Equal(new Reached(1, LimitExceeded: 1), await Local.SubscribeAsync(new ServerSubscription("42", "news")));
        Assert.Equal(1, Assert.Single(_node.Hub.ListChannels(new("news", null, 10))).Subscribers);
    }

    [Fact]
    public async Task Who_cannot_be_subscribed_does_not_count()
    {
        var client = await _node.ConnectAsync("42");
        _node.Broker.OnSubscribe = _ => ValueTask.FromException(new BrokerUnavailableException("away"));
        Assert.Equal(new Reached(0), await Local.SubscribeAsync(new ServerSubscription("42", "news")));
        Assert.Single(client.Texts);
        Assert.False(client.Connection.Subscriptions.Contains("news"));
    }

    [Fact]
    public async Task A_connection_that_ends_meanwhile_does_not_count_and_leaves_nothing_behind()
    {
        var client = await _node.ConnectAsync("42");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var subscribing = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        client.Connection.Close(CloseReason.Shutdown);
        confirmed.SetResult();
        Assert.Equal(new Reached(0), await subscribing);
        Assert.Empty(_node.Hub.ListChannels(new("news", null, 10)));
    }

    [Fact]
    public async Task An_unsubscription_wins_over_a_subscription_by_the_server_that_is_not_done()
    {
        var client = await _node.ConnectAsync("42");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var subscribing = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        Assert.Equal(new Reached(1), Local.Unsubscribe(new Unsubscription("42", "news")));
        confirmed.SetResult();
        Assert.Equal(new Reached(0), await subscribing);
        _node.Deliver("news", "1");
        Assert.Single(client.Texts);
    }

    [Fact]
    public async Task A_subscription_by_the_server_that_follows_stands_though_the_one_before_still_fails()
    {
        var client = await _node.ConnectAsync("42");
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var subscribing = client.SubscribeAsync("news");
        Local.Unsubscribe(new Unsubscription("42", "news"));
        var again = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        confirmed.SetResult();
        await subscribing;
        Assert.Equal(new Reached(1), await again);
        _node.Deliver("news", "1");
        Assert.Equal([Denied, Subscribed, Push("news", "1")], client.Texts.Skip(1));
    }

    [Fact]
    public async Task And_though_the_back_end_fails_the_one_before()
    {
        var client = await _node.ConnectAsync("42");
        var joined = new TaskCompletionSource();
        _node.Presence.OnJoin = _ => new ValueTask(joined.Task);
        var subscribing = client.SubscribeAsync("room:1");
        Local.Unsubscribe(new Unsubscription("42", "room:1"));
        _node.Presence.OnJoin = _ => ValueTask.CompletedTask;
        Assert.Equal(new Reached(1), await Local.SubscribeAsync(new ServerSubscription("42", "room:1")));
        joined.SetException(new BrokerUnavailableException("away"));
        await subscribing;
        _node.Deliver("room:1", "1");
        Assert.Equal([Denied, Push("room:1", "1")], client.Texts.TakeLast(2));
        Assert.Equal(["+room:1 42", "-room:1 42", "+room:1 42"], _node.Presence.Calls.Skip(1));
    }

    [Fact]
    public async Task A_connection_that_still_connects_is_subscribed_behind_its_reply()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = channel => channel == "#42" ? new ValueTask(confirmed.Task) : ValueTask.CompletedTask;
        var client = _node.Open("42");
        var connecting = client.SendAsync("""{"id":1,"connect":{}}""");
        var subscribing = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        Assert.Empty(client.Texts);
        confirmed.SetResult();
        await connecting;
        Assert.Equal(new Reached(1), await subscribing);
        Assert.StartsWith("""{"id":1,"connect":""", client.Texts[0], StringComparison.Ordinal);
        Assert.Equal([Subscribed], client.Texts.Skip(1));
    }

    [Fact]
    public async Task A_connection_that_never_opens_is_not_waited_for_beyond_its_end()
    {
        _node.Broker.OnSubscribe = _ => new ValueTask(new TaskCompletionSource().Task);
        var client = _node.Open("42");
        var connecting = client.SendAsync("""{"id":1,"connect":{}}""");
        var subscribing = Local.SubscribeAsync(new ServerSubscription("42", "news")).AsTask();
        _node.Turn(11);
        Assert.Equal(3502, client.Transport.CloseCode);
        Assert.Equal(new Reached(0), await subscribing);
        Assert.False(connecting.IsCompleted);
    }

    [Fact]
    public async Task What_a_user_missed_follows_the_push()
    {
        _node.Broker.OnReadHistory = (_, query) => new(query.Since is { Epoch: "epoch", Offset: 1 }
            ? new HistoryPage(new StreamPosition(3, "epoch"), [new Publication("2"u8.ToArray(), Offset: 2), new Publication("3"u8.ToArray(), Offset: 3)], 3, IsContinuous: true)
            : new HistoryPage(new StreamPosition(3, "epoch"), [], query.Since?.Offset ?? 0, IsContinuous: false));
        var known = await _node.ConnectAsync("42");
        await Local.SubscribeAsync(new ServerSubscription("42", "kept:1", Since: new StreamPosition(1, "epoch")));
        Assert.Equal(
            [
                """{"push":{"channel":"kept:1","subscribe":{"recoverable":true,"epoch":"epoch","offset":1,"positioned":true}}}""",
                """{"push":{"channel":"kept:1","pub":{"data":2,"offset":2}}}""",
                """{"push":{"channel":"kept:1","pub":{"data":3,"offset":3}}}""",
            ],
            known.Texts.Skip(1));

        var lost = await _node.ConnectAsync("43");
        await Local.SubscribeAsync(new ServerSubscription("43", "kept:1", Since: new StreamPosition(1, "before")));
        Assert.Equal(["""{"push":{"channel":"kept:1","subscribe":{"recoverable":true,"epoch":"epoch","offset":3,"positioned":true}}}"""], lost.Texts.Skip(1));
    }

    [Fact]
    public async Task A_state_comes_with_the_subscription()
    {
        _node.Broker.OnReadHistory = (_, _) => new(new HistoryPage(new StreamPosition(3, "epoch"), [new Publication("3"u8.ToArray(), Offset: 3)], 3, IsContinuous: true));
        var client = await _node.ConnectAsync("42");
        await Local.SubscribeAsync(new ServerSubscription("42", "state:1"));
        Assert.Equal(
            ["""{"push":{"channel":"state:1","subscribe":{"recoverable":true,"epoch":"epoch","offset":3,"positioned":true}}}""", """{"push":{"channel":"state:1","pub":{"data":3,"offset":3}}}"""],
            client.Texts.Skip(1));
    }

    [Fact]
    public async Task What_is_said_of_the_user_is_what_others_know_of_the_member()
    {
        Membership? member = null;
        await _node.ConnectAsync("42", """{"name":"Ann"}""");
        _node.Presence.OnJoin = membership =>
        {
            member = membership;
            return ValueTask.CompletedTask;
        };
        await Local.SubscribeAsync(new ServerSubscription("42", "room:1", "{\"role\":\r\n\"guest\"}"));
        Assert.Equal(("""{"name":"Ann"}""", """{"role":"guest"}"""), (member!.ConnectionInfo, member.ChannelInfo));
    }

    [Fact]
    public async Task An_order_that_this_node_does_not_understand_does_nothing()
    {
        var client = await _node.ConnectAsync("42");
        Assert.ThrowsAny<ArgumentException>(() => Local.Disconnect(new Disconnection("42", 1000)));
        Assert.ThrowsAny<ArgumentException>(() => Local.Unsubscribe(new Unsubscription("42", "#42")));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Local.SubscribeAsync(new ServerSubscription("42", "nowhere:1")));
        Assert.True(client.Connection.IsOpen);
        Assert.Single(client.Texts);
    }

    private static string Push(string channel, string data) => $$$$"""{"push":{"channel":"{{{{channel}}}}","pub":{"data":{{{{data}}}}}}}""";

    private static string IdOf(TestClient client) => client.Connection.Id.ToString();

    /// <summary>Code and reason of the close frame.</summary>
    private static string CloseOf(TestClient client)
    {
        var frame = Assert.Single(client.Transport.Frames, frame => frame.Opcode == Opcode.Close);
        return $"{frame.CloseCode} {Encoding.UTF8.GetString(frame.Payload.AsSpan(2))}";
    }
}
