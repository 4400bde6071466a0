using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Tests.Connections;

public class CommandHandlerTests
{
    private readonly TestNode _node = new(options =>
    {
        options.Namespaces["chat"] = new ChannelOptions();
        options.Namespaces["members"] = new ChannelOptions { Subscribe = ChannelAccess.Authenticated, Publish = ChannelAccess.Authenticated };
        options.Connections.MaxSubscriptions = 3;
        options.Api.MaxDataBytes = 50;
    });

    [Fact]
    public async Task Connect_is_answered_with_who_serves_whom()
    {
        var client = await _node.ConnectAsync();
        Assert.Matches($$"""^\{"id":1,"connect":\{"client":"{{client.Connection.Id}}","version":"PushGateway [^"]+","ping":25,"pong":true,"node":"[^"]+"\}\}$""", client.LastText);
        Assert.Equal(1, _node.Registry.SessionCount);
    }

    [Fact]
    public async Task A_user_is_subscribed_to_the_own_channel_as_the_session_opens()
    {
        var client = await _node.ConnectAsync("42");
        Assert.Contains("""
            "subs":{"#42":{"recoverable":true,"epoch":"epoch","positioned":true}}
            """, client.LastText, StringComparison.Ordinal);
        _node.Deliver("#42", "1");
        Assert.Equal("""{"push":{"channel":"#42","pub":{"data":1}}}""", client.LastText);
        Assert.Equal(["+#42"], _node.Broker.Calls);
    }

    [Fact]
    public async Task The_replies_to_commands_of_one_message_leave_together_and_in_order()
    {
        var client = _node.Open();
        await client.SendAsync("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"news\"}}\n{\"id\":3,\"ping\":{}}\n");
        Assert.Single(client.Transport.Writes);
        Assert.Equal(3, client.Texts.Count);
        Assert.Equal(["""{"id":2,"subscribe":{}}""", """{"id":3,"ping":{}}"""], client.Texts.Skip(1));
    }

    [Fact]
    public async Task Replies_do_not_wait_for_a_later_command_that_takes_its_time()
    {
        var confirmed = new TaskCompletionSource();
        _node.Broker.OnSubscribe = _ => new ValueTask(confirmed.Task);
        var client = _node.Open();
        var handling = client.SendAsync("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"news\"}}\n{\"id\":3,\"ping\":{}}");
        Assert.Single(client.Texts);
        confirmed.SetResult();
        await handling;
        Assert.Equal(["""{"id":2,"subscribe":{}}""", """{"id":3,"ping":{}}"""], client.Texts.Skip(1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("nonsense")]
    [InlineData("{\"id\":2,\"ping\":{}}\n\n{\"id\":3,\"ping\":{}}")]
    [InlineData("{\"id\":2}")]
    [InlineData("{\"ping\":{}}")]
    [InlineData("{\"subscribe\":{\"channel\":\"news\"}}")]
    [InlineData("{\"id\":0,\"publish\":{\"channel\":\"news\",\"data\":1}}")]
    [InlineData("{\"id\":2,\"connect\":{}}")]
    public async Task Bad_requests_close_the_connection(string message)
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync(message);
        Assert.Equal(3501, client.Transport.CloseCode);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"id\":1,\"ping\":{}}")]
    [InlineData("{\"id\":1,\"subscribe\":{\"channel\":\"news\"}}")]
    [InlineData("{\"id\":1,\"rpc\":{}}")]
    [InlineData("{\"send\":{\"data\":1}}")]
    [InlineData("{\"connect\":{}}")]
    public async Task Connect_comes_first(string message)
    {
        var client = _node.Open();
        await client.SendAsync(message);
        Assert.Equal(3501, client.Transport.CloseCode);
        Assert.Empty(client.Texts);
        Assert.Empty(_node.Broker.Calls);
    }

    [Fact]
    public async Task Commands_behind_a_bad_one_are_not_carried_out()
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync("{\"id\":2,\"ping\":{}}\n{\"id\":2}\n{\"id\":3,\"publish\":{\"channel\":\"news\",\"data\":1}}");
        Assert.Equal("""{"id":2,"ping":{}}""", client.LastText);
        Assert.Equal(3501, client.Transport.CloseCode);
        Assert.Empty(_node.Broker.Published);
    }

    [Fact]
    public async Task Without_credentials_where_they_are_needed_the_connection_is_closed()
    {
        var node = new TestNode(options => options.Security.AllowAnonymous = false);
        Assert.Equal(3501, (await node.ConnectAsync()).Transport.CloseCode);
        Assert.Null((await node.ConnectAsync("42")).Transport.CloseCode);
    }

    [Fact]
    public async Task A_token_that_is_not_checked_opens_nothing()
    {
        var client = _node.Open();
        await client.SendAsync("""{"id":1,"connect":{"token":"x"}}""");
        Assert.Equal(Error(1, 108, "not available"), client.LastText);
        await client.SendAsync("""{"id":2,"ping":{}}""");
        Assert.Equal(3501, client.Transport.CloseCode);
    }

    [Theory]
    [InlineData("rpc")]
    public async Task What_is_not_served_is_answered_as_not_available(string command)
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync($$$"""{"id":2,"{{{command}}}":{}}""");
        Assert.Equal(Error(2, 108, "not available"), client.LastText);
    }

    [Theory]
    [InlineData("""{"send":{"data":1}}""")]
    [InlineData("""{"id":2,"send":{"data":1}}""")]
    public async Task A_message_of_the_application_closes_the_connection_since_nothing_takes_it(string message)
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync(message);
        Assert.Equal(3508, client.Transport.CloseCode);
    }

    [Theory]
    [InlineData("", 107, "bad request")]
    [InlineData("a b", 107, "bad request")]
    [InlineData("#", 107, "bad request")]
    [InlineData("other:x", 102, "unknown channel")]
    [InlineData("members:x", 103, "permission denied")]
    [InlineData("x#42", 103, "permission denied")]
    [InlineData("#42", 103, "permission denied")]
    [InlineData("twice", 105, "already subscribed")]
    public async Task A_subscribe_that_is_refused_says_why_and_the_connection_goes_on(string channel, int code, string why)
    {
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("twice");
        await client.SubscribeAsync(channel, id: 3);
        Assert.Equal(Error(3, code, why), client.LastText);
        Assert.True(client.Connection.IsOpen);
        Assert.Equal(["+twice"], _node.Broker.Calls);
    }

    [Theory]
    [InlineData("""{"id":2,"subscribe":{}}""", 107, "bad request")]
    [InlineData("""{"id":2,"subscribe":{"channel":"x","token":"t"}}""", 108, "not available")]
    [InlineData("""{"id":2,"subscribe":{"channel":"x","tf":{"a":"b"}}}""", 108, "not available")]
    [InlineData("""{"id":2,"subscribe":{"channel":"x","recover":true,"flag":2}}""", 112, "unrecoverable position")]
    [InlineData("""{"id":2,"unsubscribe":{}}""", 107, "bad request")]
    [InlineData("""{"id":2,"publish":{"data":1}}""", 107, "bad request")]
    [InlineData("""{"id":2,"publish":{"channel":"x"}}""", 107, "bad request")]
    [InlineData("""{"id":2,"publish":{"channel":"other:x","data":1}}""", 102, "unknown channel")]
    [InlineData("""{"id":2,"publish":{"channel":"members:x","data":1}}""", 103, "permission denied")]
    [InlineData("""{"id":2,"publish":{"channel":"#42","data":1}}""", 103, "permission denied")]
    [InlineData("""{"id":2,"publish":{"channel":"x","data":"012345678901234567890123456789012345678901234567x"}}""", 107, "bad request")]
    public async Task A_command_that_is_refused_says_why(string command, int code, string why)
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync(command);
        Assert.Equal(Error(2, code, why), client.LastText);
        Assert.Empty(_node.Broker.Published);
        Assert.Empty(_node.Broker.Calls);
    }

    [Fact]
    public async Task Asking_to_recover_gives_a_subscription_that_does_not_claim_it_did()
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"x","recover":true,"epoch":"e","offset":7}}""");
        Assert.Equal("""{"id":2,"subscribe":{"was_recovering":true}}""", client.LastText);
    }

    [Fact]
    public async Task Subscriptions_are_limited_and_room_is_made_by_unsubscribing()
    {
        var client = await _node.ConnectAsync();
        foreach (var channel in new[] { "a", "b", "c" })
            await client.SubscribeAsync(channel);
        await client.SubscribeAsync("d", id: 9);
        Assert.Equal(Error(9, 106, "limit exceeded"), client.LastText);
        await client.SendAsync("""{"id":10,"unsubscribe":{"channel":"a"}}""");
        await client.SubscribeAsync("d", id: 11);
        Assert.Equal("""{"id":11,"subscribe":{}}""", client.LastText);
    }

    [Fact]
    public async Task Unsubscribing_from_what_one_is_not_subscribed_to_is_no_error()
    {
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"unsubscribe":{"channel":"news"}}""");
        Assert.Equal("""{"id":2,"unsubscribe":{}}""", client.LastText);
    }

    [Fact]
    public async Task A_client_publishes_in_its_own_name()
    {
        var client = await _node.ConnectAsync("42");
        await client.SendAsync("""{"id":2,"publish":{"channel":"members:x","data":{"a" : 1.0}}}""");
        Assert.Equal("""{"id":2,"publish":{}}""", client.LastText);
        var (channel, publication) = Assert.Single(_node.Broker.Published);
        Assert.Equal("members:x", channel);
        Assert.Equal("""{"a" : 1.0}""", Encoding.UTF8.GetString(publication.Data.Span));
        Assert.Equal(new ClientInfo("42", client.Connection.Id.ToString()), publication.Info);
    }

    [Fact]
    public async Task A_broker_that_is_not_available_is_a_temporary_error()
    {
        _node.Broker.OnSubscribe = _ => ValueTask.FromException(new BrokerUnavailableException());
        _node.Broker.OnPublish = _ => ValueTask.FromException<PublishOutcome>(new BrokerUnavailableException());
        var client = await _node.ConnectAsync();
        await client.SubscribeAsync("news", id: 2);
        Assert.Equal(Unavailable(2), client.LastText);
        await client.SendAsync("""{"id":3,"publish":{"channel":"news","data":1}}""");
        Assert.Equal(Unavailable(3), client.LastText);
        Assert.Empty(_node.Hub.ListChannels(new(null, null, 10)));

        _node.Broker.OnSubscribe = _ => ValueTask.CompletedTask;
        await client.SubscribeAsync("news", id: 4);
        _node.Deliver("news", "1");
        Assert.Equal(["""{"id":4,"subscribe":{}}""", """{"push":{"channel":"news","pub":{"data":1}}}"""], client.Texts.TakeLast(2));

        _node.Broker.OnSubscribe = _ => ValueTask.FromException(new BrokerUnavailableException());
        var user = await _node.ConnectAsync("42");
        Assert.Equal(Unavailable(1), user.LastText);
        Assert.Equal(1, _node.Registry.SessionCount);
    }

    [Fact]
    public async Task A_failure_that_nobody_expected_closes_this_client_alone()
    {
        var other = await _node.ConnectAsync();
        _node.Broker.OnPublish = _ => throw new InvalidOperationException("A test.");
        var client = await _node.ConnectAsync();
        await client.SendAsync("""{"id":2,"publish":{"channel":"news","data":1}}""");
        Assert.Equal(3004, client.Transport.CloseCode);
        Assert.True(other.Connection.IsOpen);
    }

    private static string Error(int id, int code, string message) => $$$"""{"id":{{{id}}},"error":{"code":{{{code}}},"message":"{{{message}}}"}}""";

    private static string Unavailable(int id) => $$$"""{"id":{{{id}}},"error":{"code":100,"message":"internal server error","temporary":true}}""";
}
