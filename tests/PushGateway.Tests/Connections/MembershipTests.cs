using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Tests.Presence;

namespace PushGateway.Tests.Connections;

public class MembershipTests
{
    private readonly TestNode _node = new(options =>
    {
        options.Channels.Presence = true;
        options.Namespaces["plain"] = new ChannelOptions { Presence = false };
        options.Namespaces["events"] = new ChannelOptions { Presence = false, JoinLeave = true };
        options.Connections.MaxPresenceClients = 2;
    });

    private RecordingPresence Presence => _node.Presence;

    [Fact]
    public async Task A_user_is_a_member_of_the_own_channel_for_as_long_as_the_connection_lasts()
    {
        var client = await _node.ConnectAsync("42");
        Assert.Equal(["+#42 42"], Presence.Calls);
        await client.Connection.EndAsync();
        Assert.Equal(["+#42 42", "~#42 42"], Presence.Calls);
    }

    [Fact]
    public async Task Without_user_presence_nothing_is_kept_of_users()
    {
        var node = new TestNode(options => options.UserPresence.Enabled = false);
        await node.ConnectAsync("42");
        Assert.Empty(node.Presence.Calls);
    }

    [Fact]
    public async Task The_own_channel_cannot_be_left()
    {
        var client = await _node.ConnectAsync("42");
        await client.SendAsync("""{"id":2,"unsubscribe":{"channel":"#42"}}""");
        Assert.Equal("""{"id":2,"error":{"code":103,"message":"permission denied"}}""", client.LastText);
        Assert.Equal(["+#42 42"], Presence.Calls);
    }

    [Fact]
    public async Task Who_subscribes_joins_before_the_reply_and_who_unsubscribes_leaves_for_good()
    {
        var joining = new TaskCompletionSource();
        Presence.OnJoin = _ => new(joining.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        Assert.DoesNotContain("subscribe", client.LastText, StringComparison.Ordinal);
        joining.SetResult();
        await subscribing;
        Assert.Equal("""{"id":2,"subscribe":{}}""", client.LastText);
        await client.SendAsync("""{"id":3,"unsubscribe":{"channel":"news"}}""");
        await client.SubscribeAsync("plain:1", 4);
        Assert.Equal(["+news ", "-news "], Presence.Calls);
    }

    [Fact]
    public async Task What_the_host_knows_of_a_connection_goes_with_it()
    {
        Membership? joined = null;
        Presence.OnJoin = membership =>
        {
            joined = membership;
            return ValueTask.CompletedTask;
        };
        var client = await _node.ConnectAsync("42", """{"name":"Ann"}""");
        await client.SubscribeAsync("news");
        Assert.Equal(new ClientInfo("42", client.Connection.Id.ToString()) { ConnectionInfo = """{"name":"Ann"}""" }, joined!.ToClientInfo());
    }

    [Fact]
    public async Task A_join_that_failed_is_no_subscription_and_is_taken_back()
    {
        Presence.OnJoin = _ => throw new BrokerUnavailableException("away");
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        Assert.Equal("""{"id":2,"error":{"code":100,"message":"internal server error","temporary":true}}""", client.LastText);
        Assert.Equal(["+news ", "-news "], Presence.Calls);
        Assert.False(client.Connection.Subscriptions.Contains("news"));
    }

    [Fact]
    public async Task A_client_that_goes_while_it_joins_leaves_after_it()
    {
        var joining = new TaskCompletionSource();
        Presence.OnJoin = _ => new(joining.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        await client.Connection.EndAsync();
        joining.SetResult();
        await subscribing;
        Assert.Equal(["+news ", "~news "], Presence.Calls);
    }

    [Fact]
    public async Task A_client_that_went_before_it_could_join_never_was_there()
    {
        var interest = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new(interest.Task);
        var client = await _node.ConnectAsync();
        var subscribing = client.SubscribeAsync("news");
        await client.Connection.EndAsync();
        interest.SetResult();
        await subscribing;
        Assert.Empty(Presence.Calls);
    }

    [Fact]
    public async Task Who_is_refused_for_a_position_that_cannot_be_recovered_was_never_there()
    {
        var node = new TestNode(options =>
        {
            options.Channels.Presence = true;
            options.Channels.HistorySize = 10;
        });
        node.Broker.OnReadHistory = (_, _) => new(new HistoryPage(new StreamPosition(9, "epoch"), [], 9, IsContinuous: false));
        var client = await node.ConnectAsync();
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"news","recover":true,"offset":1,"epoch":"old","flag":2}}""");
        Assert.Contains("\"code\":112", client.LastText, StringComparison.Ordinal);
        Assert.Empty(node.Presence.Calls);
    }

    [Theory]
    [InlineData(3012, true)]
    [InlineData(3001, true)]
    [InlineData(1000, true)]
    [InlineData(3501, false)]
    [InlineData(3503, false)]
    [InlineData(4000, true)]
    [InlineData(4500, false)]
    [InlineData(1009, false)]
    public async Task Whoever_is_to_stay_away_does_not_return(ushort code, bool mayReturn)
    {
        var client = await _node.ConnectAsync("42");
        client.Connection.Close(new CloseReason(code, ""));
        Assert.Equal(mayReturn ? "~#42 42" : "-#42 42", Presence.Calls[^1]);
    }

    [Fact]
    public async Task Members_are_told_who_is_there()
    {
        Presence.OnRead = (_, _) => new(RecordingPresence.Page(0, new ClientInfo("42", "a"), new ClientInfo("", "b")));
        Presence.OnCount = _ => new(new PresenceStats(2, 1));
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        await client.SendAsync("""{"id":3,"presence":{"channel":"news"}}""");
        Assert.Equal("""{"id":3,"presence":{"presence":{"a":{"user":"42","client":"a"},"b":{"user":"","client":"b"}}}}""", client.LastText);
        await client.SendAsync("""{"id":4,"presence_stats":{"channel":"news"}}""");
        Assert.Equal("""{"id":4,"presence_stats":{"num_clients":2,"num_users":1}}""", client.LastText);
    }

    [Theory]
    [InlineData("news", 103, "permission denied")]
    [InlineData("unknown:1", 102, "unknown channel")]
    [InlineData("a b", 107, "bad request")]
    [InlineData("", 107, "bad request")]
    [InlineData("plain:1", 108, "not available")]
    [InlineData("events:1", 108, "not available")]
    public async Task Others_are_told_why_not(string channel, int code, string text)
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("plain:1");
        await client.SubscribeAsync("events:1");
        foreach (var command in (string[])["presence", "presence_stats"])
        {
            await client.SendAsync($$$"""{"id":3,"{{{command}}}":{"channel":"{{{channel}}}"}}""");
            Assert.Equal($$$"""{"id":3,"error":{"code":{{{code}}},"message":"{{{text}}}"}}""", client.LastText);
        }
    }

    [Fact]
    public async Task A_part_of_the_members_never_passes_for_the_whole()
    {
        Presence.OnRead = (_, query) => new(new PresencePage([], query.Limit == 2 ? "more" : null, new PresenceStats(3, 3), 0));
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        await client.SendAsync("""{"id":3,"presence":{"channel":"news"}}""");
        Assert.Equal("""{"id":3,"error":{"code":106,"message":"limit exceeded"}}""", client.LastText);
    }

    [Fact]
    public async Task A_back_end_that_is_away_is_a_temporary_error()
    {
        Presence.OnRead = (_, _) => throw new BrokerUnavailableException("away");
        Presence.OnCount = _ => throw new BrokerUnavailableException("away");
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news");
        foreach (var command in (string[])["presence", "presence_stats"])
        {
            await client.SendAsync($$$"""{"id":3,"{{{command}}}":{"channel":"news"}}""");
            Assert.Equal("""{"id":3,"error":{"code":100,"message":"internal server error","temporary":true}}""", client.LastText);
        }
    }
}
