using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

/// <summary>The commands of an open session, each with its exact reply.</summary>
public sealed class CommandTests(SharedNode shared) : IClassFixture<SharedNode>
{
    private const int BadRequest = 3501, InappropriateProtocol = 3506, NotAvailable = 3508;

    private static string LongName => new('x', 256);

    private GatewayNode Node => shared.Node;

    [Theory]
    [InlineData("rpc", """{"method":"m","data":{"a":1}}""")]
    [InlineData("refresh", """{"token":"t"}""")]
    [InlineData("sub_refresh", """{"channel":"news:a","token":"t"}""")]
    public async Task What_is_not_served_yet_is_not_available(string command, string request)
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.ExchangeAsync(
            $$$"""{"id":7,"{{{command}}}":{{{request}}}}""",
            """{"id":7,"error":{"code":108,"message":"not available"}}""");
        await client.ExchangeAsync("""{"id":8,"ping":{}}""", """{"id":8,"ping":{}}""");
    }

    [Theory]
    [InlineData("""{"send":{"data":{"a":1}}}""", NotAvailable, "not available")]
    [InlineData("""{"id":5,"send":{"data":{"a":1}}}""", NotAvailable, "not available")]
    [InlineData("", BadRequest, "bad request")]
    [InlineData("\n", BadRequest, "bad request")]
    [InlineData("nonsense", BadRequest, "bad request")]
    [InlineData("""{"id":5,"unheard":{}}""", BadRequest, "bad request")]
    [InlineData("""{"id":5}""", BadRequest, "bad request")]
    [InlineData("""{"ping":{}}""", BadRequest, "bad request")]
    [InlineData("""{"id":0,"ping":{}}""", BadRequest, "bad request")]
    [InlineData("""{"subscribe":{"channel":"news:a"}}""", BadRequest, "bad request")]
    [InlineData("""{"id":0,"publish":{"channel":"chat:a","data":1}}""", BadRequest, "bad request")]
    [InlineData("""{"id":5,"subscribe":"news:a"}""", BadRequest, "bad request")]
    [InlineData("""{"id":5,"subscribe":{"channel":5}}""", BadRequest, "bad request")]
    [InlineData("""{"id":5,"subscribe":{"channel":"news:a","recover":1}}""", BadRequest, "bad request")]
    [InlineData("""{"id":5,"subscribe":{"channel":"\ud800"}}""", BadRequest, "bad request")]
    [InlineData("""{"id":5,"\ud800":{}}""", BadRequest, "bad request")]
    [InlineData("""{"id":5,"publish":{"channel":"chat:a","data":}}""", BadRequest, "bad request")]
    [InlineData("{\"id\":5,\"publish\":{\"channel\":\"chat:a\",\"data\":{\n}}}", BadRequest, "bad request")]
    [InlineData("{\"id\":5,\"ping\":{}}\n\n{\"id\":6,\"ping\":{}}", BadRequest, "bad request")]
    public async Task What_makes_no_sense_closes_the_connection(string command, int code, string reason)
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.SendAsync(command);
        var frame = await client.Socket.ReadFrameAsync();
        if (frame.Opcode == RawFrame.Text)
            frame = await client.Socket.ReadFrameAsync(); // The reply to a good command in front.
        Assert.Equal((RawFrame.Close, code, reason), (frame.Opcode, frame.CloseCode, frame.CloseReason));
    }

    [Fact]
    public async Task Nesting_without_end_closes_the_connection()
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.ExpectCloseAsync($$$"""{"id":2,"publish":{"channel":"chat:a","data":{{{new string('[', 60_000)}}}""", BadRequest);
    }

    [Fact]
    public async Task A_binary_frame_is_another_protocol()
    {
        await using var client = await RawClient.OpenAsync(Node);
        await client.Socket.SendAsync(RawFrame.Of(RawFrame.Binary, "{\"id\":1,\"connect\":{}}"u8));
        await client.ExpectCloseAsync(InappropriateProtocol);
    }

    [Theory]
    [InlineData("news:a", "", null)]
    [InlineData("no-namespace", "", null)]
    [InlineData("nowhere:a", "", "102 unknown channel")]
    [InlineData("secret:a", "", "103 permission denied")]
    [InlineData("members:a", "", "103 permission denied")]
    [InlineData("news:a", ""","token":"t" """, "108 not available")]
    [InlineData("news:a", ""","tf":{"op":"eq"} """, "108 not available")]
    [InlineData("news:a", ""","recover":true,"epoch":"e","offset":18446744073709551615,"flag":2 """, "112 unrecoverable position")]
    [InlineData("news:a", ""","recover":false,"epoch":"e","offset":7,"flag":1,"positioned":true,"recoverable":true,"join_leave":true,"delta":"fossil","data":{} """, null)]
    [InlineData("", "", "107 bad request")]
    [InlineData("news:", "", "107 bad request")]
    [InlineData(":a", "", "107 bad request")]
    [InlineData("news:a b", "", "107 bad request")]
    [InlineData("news:ä", "", "107 bad request")]
    [InlineData("news:a*", "", "107 bad request")]
    [InlineData("news:a#", "", "107 bad request")]
    [InlineData("news:a#1,", "", "107 bad request")]
    [InlineData("#1,2", "", "107 bad request")]
    public async Task Subscribe(string channel, string more, string? error)
    {
        await using var node = GatewayNode.Start(("PushGateway:Namespaces:secret:Subscribe", "Nobody"), ("PushGateway:Namespaces:members:Subscribe", "Authenticated"));
        await using var client = await RawClient.ConnectAsync(node);
        await client.ExchangeAsync($$$"""{"id":2,"subscribe":{"channel":"{{{channel}}}"{{{more}}}}}""", error is null ? """{"id":2,"subscribe":{}}""" : Error(2, error));
        await client.ExchangeAsync("""{"id":3,"ping":{}}""", """{"id":3,"ping":{}}""");
    }

    [Theory]
    [InlineData("""{"id":2,"subscribe":{}}""")]
    [InlineData("""{"id":2,"subscribe":{"channel":null}}""")]
    [InlineData("""{"id":2,"unsubscribe":{}}""")]
    [InlineData("""{"id":2,"unsubscribe":{"channel":"a b"}}""")]
    [InlineData("""{"id":2,"publish":{"data":1}}""")]
    [InlineData("""{"id":2,"publish":{"channel":"chat:a"}}""")]
    [InlineData("""{"id":2,"publish":{"channel":"chat:","data":1}}""")]
    public async Task What_lacks_a_part_is_a_bad_request_and_the_session_goes_on(string command)
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.ExchangeAsync(command, Error(2, "107 bad request"));
        await client.ExchangeAsync("""{"id":3,"ping":{}}""", """{"id":3,"ping":{}}""");
    }

    [Fact]
    public async Task Names_and_data_have_a_longest_length()
    {
        await using var node = GatewayNode.Start(("PushGateway:Api:MaxDataBytes", "1024"));
        await using var client = await RawClient.ConnectAsync(node);
        await client.ExchangeAsync($$$"""{"id":2,"subscribe":{"channel":"{{{LongName[1..]}}}"}}""", """{"id":2,"subscribe":{}}""");
        await client.ExchangeAsync($$$"""{"id":3,"subscribe":{"channel":"{{{LongName}}}"}}""", Error(3, "107 bad request"));
        await client.ExchangeAsync($$$"""{"id":4,"publish":{"channel":"chat:a","data":"{{{new string('x', 1022)}}}"}}""", """{"id":4,"publish":{}}""");
        await client.ExchangeAsync($$$"""{"id":5,"publish":{"channel":"chat:a","data":"{{{new string('x', 1023)}}}"}}""", Error(5, "107 bad request"));
    }

    [Fact]
    public async Task A_channel_is_subscribed_to_once()
    {
        await using var client = await RawClient.ConnectAsync(Node, null, "news:a");
        await client.ExchangeAsync("""{"id":5,"subscribe":{"channel":"news:a"}}""", Error(5, "105 already subscribed"));
        await client.ExchangeAsync("""{"id":6,"unsubscribe":{"channel":"news:a"}}""", """{"id":6,"unsubscribe":{}}""");
        await client.ExchangeAsync("""{"id":7,"unsubscribe":{"channel":"news:a"}}""", """{"id":7,"unsubscribe":{}}""");
        await client.ExchangeAsync("""{"id":8,"subscribe":{"channel":"news:a"}}""", """{"id":8,"subscribe":{}}""");
    }

    [Fact]
    public async Task A_connection_has_a_limit_of_subscriptions()
    {
        await using var node = GatewayNode.Start(("PushGateway:Connections:MaxSubscriptions", "3"));
        await using var client = await RawClient.ConnectAsync(node, null, "news:1", "news:2", "news:3");
        await client.ExchangeAsync("""{"id":5,"subscribe":{"channel":"news:4"}}""", Error(5, "106 limit exceeded"));
        await client.ExchangeAsync("""{"id":6,"unsubscribe":{"channel":"news:1"}}""", """{"id":6,"unsubscribe":{}}""");
        await client.ExchangeAsync("""{"id":7,"subscribe":{"channel":"news:4"}}""", """{"id":7,"subscribe":{}}""");
        await Eventually.EqualAsync("news:2=1 news:3=1 news:4=1", node.ListChannelsAsync);
    }

    [Fact]
    public async Task By_default_the_limit_is_128()
    {
        await using var client = await RawClient.ConnectAsync(Node);
        var commands = Enumerable.Range(1, 129).Select(i => $$$"""{"id":{{{i}}},"subscribe":{"channel":"news:{{{i}}}"}}""");
        var replies = Enumerable.Range(1, 128).Select(i => $$$"""{"id":{{{i}}},"subscribe":{}}""");
        await client.ExchangeAsync(string.Join('\n', commands), [.. replies, Error(129, "106 limit exceeded")]);
    }

    [Fact]
    public async Task Channels_for_users_are_for_these_users()
    {
        await using var fortyTwo = await RawClient.ConnectAsync(Node, "42");
        await using var other = await RawClient.ConnectAsync(Node, "4");
        await using var nobody = await RawClient.ConnectAsync(Node);
        await fortyTwo.SubscribeAsync("news:room#42,43");
        await fortyTwo.SubscribeAsync("room#42");
        const string subscribe = """{"id":9,"subscribe":{"channel":"news:room#42,43"}}""";
        await other.ExchangeAsync(subscribe, Error(9, "103 permission denied"));
        await nobody.ExchangeAsync(subscribe, Error(9, "103 permission denied"));
        await nobody.ExchangeAsync("""{"id":9,"subscribe":{"channel":"#42"}}""", Error(9, "103 permission denied"));
        await nobody.ExchangeAsync("""{"id":9,"publish":{"channel":"chat:room#42","data":1}}""", Error(9, "103 permission denied"));
        await fortyTwo.ExchangeAsync("""{"id":9,"publish":{"channel":"#42","data":1}}""", Error(9, "103 permission denied"));
        await fortyTwo.ExchangeAsync("""{"id":9,"publish":{"channel":"chat:room#42","data":1}}""", """{"id":9,"publish":{}}""");
        await Node.PostAsync("news:room#42,43", "1");
        Assert.Equal("""{"push":{"channel":"news:room#42,43","pub":{"data":1}}}""", await fortyTwo.ReadAsync());
    }

    [Fact]
    public async Task Connect_and_subscribes_in_one_frame_are_answered_in_order()
    {
        await using var client = await RawClient.OpenAsync(Node);
        await client.SendAsync(
            """
            {"id":1,"connect":{}}
            {"id":2,"subscribe":{"channel":"news:one"}}
            {"id":3,"subscribe":{"channel":"nowhere:two"}}
            {"id":4,"rpc":{}}
            {"id":5,"ping":{}}

            """.ReplaceLineEndings("\n")); // With a line feed at the end.
        Assert.StartsWith("""{"id":1,"connect":{"client":""", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"id":2,"subscribe":{}}""", await client.ReadAsync());
        Assert.Equal(Error(3, "102 unknown channel"), await client.ReadAsync());
        Assert.Equal(Error(4, "108 not available"), await client.ReadAsync());
        Assert.Equal("""{"id":5,"ping":{}}""", await client.ReadAsync());
    }

    [Fact]
    public async Task Commands_behind_a_bad_one_are_not_carried_out()
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.SendAsync("{\"id\":2,\"ping\":{}}\nnonsense\n{\"id\":3,\"ping\":{}}");
        Assert.Equal("""{"id":2,"ping":{}}""", await client.ReadAsync());
        await client.ExpectCloseAsync(BadRequest);
    }

    private static string Error(int id, string error) => $$$"""{"id":{{{id}}},"error":{"code":{{{error[..3]}}},"message":"{{{error[4..]}}}"}}""";
}
