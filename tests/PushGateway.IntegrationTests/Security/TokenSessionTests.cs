using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Security;

/// <summary>What tokens do to connections and subscriptions. What a good token is, the tests of the token reader say.</summary>
public sealed class TokenSessionTests(TokenSessionTests.Production shared) : IClassFixture<TokenSessionTests.Production>
{
    private const int InvalidToken = 3500, BadRequest = 3501, ConnectionExpired = 3005;

    private GatewayNode Node => shared.Node;

    [Fact]
    public async Task A_token_says_who_the_client_is_and_how_long()
    {
        await using var client = await OpenAsync();
        var reply = await ConnectAsync(client, TestToken.For("42", """ "info":{ "name" : "Ann" } """));
        Assert.True(reply.GetProperty("expires").GetBoolean());
        Assert.InRange(reply.GetProperty("ttl").GetInt32(), 3590, 3600);
        Assert.True(reply.GetProperty("subs").TryGetProperty("#42", out _));
        await client.SubscribeAsync("chat:a");
        var id = reply.GetProperty("client").GetString();
        await client.ExchangeAsync(
            """{"id":3,"presence":{"channel":"chat:a"}}""",
            $$$$$$$"""{"id":3,"presence":{"presence":{"{{{{{{{id}}}}}}}":{"user":"42","client":"{{{{{{{id}}}}}}}","conn_info":{ "name" : "Ann" }}}}}""");
    }

    [Fact]
    public async Task A_token_of_nobody_opens_a_session_without_a_user()
    {
        await using var client = await OpenAsync();
        var reply = await ConnectAsync(client, TestToken.For(""));
        Assert.False(reply.TryGetProperty("subs", out _));
        await client.ExchangeAsync("""{"id":2,"subscribe":{"channel":"chat:a"}}""", """{"id":2,"error":{"code":103,"message":"permission denied"}}""");
    }

    [Fact]
    public async Task A_client_without_a_token_is_not_let_in()
    {
        await using var client = await OpenAsync();
        await client.ExpectCloseAsync("""{"id":1,"connect":{}}""", BadRequest);
    }

    [Fact]
    public async Task A_token_that_was_good_once_is_told_from_one_that_never_was()
    {
        await using var late = await OpenAsync();
        await late.ExchangeAsync(Connect(TestToken.For("42", seconds: -60)), """{"id":1,"error":{"code":109,"message":"token expired"}}""");
    }

    public static readonly TheoryData<string> Bad =
    [
        "",
        "x",
        "..",
        "a.b.c",
        TestToken.For("42")[..^3],
        TestToken.For("42") + "A",
        TestToken.Sign("""{"sub":"42"}"""),                                                                    // No end.
        TestToken.Sign($$"""{"sub":"42","exp":{{TestToken.In(3600)}}}""", "another secret that is just as long as the first"),
        TestToken.Sign($$"""{"sub":"42","exp":{{TestToken.In(3600)}}}""", header: """{"alg":"none"}"""),
        TestToken.Sign($$"""{"sub":"42","exp":{{TestToken.In(3600)}}}""", header: """{"alg":"HS384"}"""),       // Signed by another algorithm than it says.
        TestToken.Sign($$"""{"sub":"42","exp":{{TestToken.In(3600)}},"nbf":{{TestToken.In(600)}}}"""),
        TestToken.Sign($$"""{"sub":"4,2","exp":{{TestToken.In(3600)}}}"""),
        TestToken.Sign($$"""{"sub":42,"exp":{{TestToken.In(3600)}}}"""),
        TestToken.Sign("""{"sub":"42","exp":"soon"}"""),
        TestToken.ForChannel("42", channel: "$room"),                                                                 // Of a subscription.
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_token_that_is_not_good_ends_the_connection(string token)
    {
        await using var client = await OpenAsync();
        await client.ExpectCloseAsync(Connect(token), token.Length > 0 ? InvalidToken : BadRequest);
        if (token.Length == 0)
            return;

        // So it does in place of a good one, and for a subscription.
        await using var other = await OpenAsync();
        await ConnectAsync(other, TestToken.For("42"));
        await other.ExpectCloseAsync($$$"""{"id":2,"refresh":{"token":"{{{token}}}"}}""", InvalidToken);
        if (token == Bad.Last().Data)
            return;

        await using var third = await OpenAsync();
        await ConnectAsync(third, TestToken.For("42"));
        await third.ExpectCloseAsync($$$"""{"id":2,"subscribe":{"channel":"$room","token":"{{{token}}}"}}""", InvalidToken);
    }

    [Fact]
    public async Task A_new_token_lets_the_connection_go_on_and_without_one_it_ends()
    {
        await using var node = Start(("PushGateway:Connections:ExpiryGrace", "00:00:01"));
        await using var kept = await RawClient.OpenAsync(node);
        await using var left = await RawClient.OpenAsync(node);
        await ConnectAsync(kept, TestToken.For("42", seconds: 3));
        await ConnectAsync(left, TestToken.For("42", seconds: 3));
        await kept.SendAsync($$$"""{"id":2,"refresh":{"token":"{{{TestToken.For("42")}}}"}}""");
        var reply = JsonElement.Parse(await kept.ReadAsync()).GetProperty("refresh");
        Assert.True(reply.GetProperty("expires").GetBoolean());
        Assert.InRange(reply.GetProperty("ttl").GetInt32(), 3590, 3600);
        Assert.True(reply.TryGetProperty("client", out _) && reply.TryGetProperty("version", out _));

        await left.ExpectCloseAsync(ConnectionExpired);
        await kept.ExchangeAsync("""{"id":3,"ping":{}}""", """{"id":3,"ping":{}}""");
    }

    [Fact]
    public async Task A_session_is_continued_by_its_own_user_alone_and_not_by_a_token_that_has_ended()
    {
        await using var client = await OpenAsync();
        await ConnectAsync(client, TestToken.For("42"));
        await client.ExchangeAsync(
            $$$"""{"id":2,"refresh":{"token":"{{{TestToken.For("42", seconds: -60)}}}"}}""", """{"id":2,"error":{"code":109,"message":"token expired"}}""");
        await client.ExpectCloseAsync($$$"""{"id":3,"refresh":{"token":"{{{TestToken.For("43")}}}"}}""", InvalidToken);

        await using var empty = await OpenAsync();
        await ConnectAsync(empty, TestToken.For("42"));
        await empty.ExpectCloseAsync("""{"id":2,"refresh":{}}""", BadRequest);
    }

    [Fact]
    public async Task A_subscription_token_opens_a_private_channel_for_its_user_and_its_time()
    {
        await using var node = Start(("PushGateway:Connections:ExpiryGrace", "00:00:01"));
        await using var client = await RawClient.OpenAsync(node);
        var id = (await ConnectAsync(client, TestToken.For("42"))).GetProperty("client").GetString();
        await client.ExchangeAsync("""{"id":2,"subscribe":{"channel":"chat:$a"}}""", """{"id":2,"error":{"code":103,"message":"permission denied"}}""");
        await client.SendAsync($$$"""{"id":3,"subscribe":{"channel":"chat:$a","token":"{{{TestToken.ForChannel("42", "chat:$a", "\"info\":{\"seat\":7}", seconds: 3)}}}"}}""");
        var reply = JsonElement.Parse(await client.ReadAsync()).GetProperty("subscribe");
        Assert.True(reply.GetProperty("expires").GetBoolean());
        Assert.InRange(reply.GetProperty("ttl").GetInt32(), 1, 3);
        await client.ExchangeAsync(
            """{"id":4,"presence":{"channel":"chat:$a"}}""",
            $$$$$$$"""{"id":4,"presence":{"presence":{"{{{{{{{id}}}}}}}":{"user":"42","client":"{{{{{{{id}}}}}}}","chan_info":{"seat":7}}}}}""");

        await client.SendAsync($$$"""{"id":5,"sub_refresh":{"channel":"chat:$a","token":"{{{TestToken.ForChannel("42", "chat:$a", seconds: 5)}}}"}}""");
        reply = JsonElement.Parse(await client.ReadAsync()).GetProperty("sub_refresh");
        Assert.True(reply.GetProperty("expires").GetBoolean());
        Assert.InRange(reply.GetProperty("ttl").GetInt32(), 3, 5);

        Assert.Equal("""{"push":{"channel":"chat:$a","unsubscribe":{"code":2501,"reason":"subscription expired"}}}""", await client.ReadAsync());
        await client.ExchangeAsync(
            $$$"""{"id":6,"sub_refresh":{"channel":"chat:$a","token":"{{{TestToken.ForChannel("42", "chat:$a")}}}"}}""", """{"id":6,"error":{"code":103,"message":"permission denied"}}""");
        await client.ExchangeAsync(
            $$$"""{"id":7,"subscribe":{"channel":"chat:$a","token":"{{{TestToken.ForChannel("42", "chat:$a", seconds: -60)}}}"}}""", """{"id":7,"error":{"code":109,"message":"token expired"}}""");
        await client.ExchangeAsync(
            $$$"""{"id":8,"subscribe":{"channel":"chat:$a","token":"{{{TestToken.ForChannel("42", "chat:$a", "\"expire_at\":0")}}}"}}""", """{"id":8,"subscribe":{}}""");
    }

    [Theory]
    [InlineData("43", "$room")]
    [InlineData("", "$room")]
    [InlineData("42", "$rooms")]
    [InlineData("42", "chat:$room")]
    public async Task A_subscription_token_of_another_user_or_for_another_channel_ends_the_connection(string user, string channel)
    {
        await using var client = await OpenAsync();
        await ConnectAsync(client, TestToken.For("42"));
        await client.ExpectCloseAsync($$$"""{"id":2,"subscribe":{"channel":"$room","token":"{{{TestToken.ForChannel(user, channel)}}}"}}""", InvalidToken);

        await using var member = await OpenAsync();
        await ConnectAsync(member, TestToken.For("42"));
        await member.ExchangeAsync(
            $$$"""{"id":2,"subscribe":{"channel":"$room","token":"{{{TestToken.ForChannel("42", "$room", "\"expire_at\":0")}}}"}}""", """{"id":2,"subscribe":{}}""");
        await member.ExpectCloseAsync($$$"""{"id":3,"sub_refresh":{"channel":"$room","token":"{{{TestToken.ForChannel(user, channel)}}}"}}""", InvalidToken);
    }

    [Fact]
    public async Task A_subscription_that_no_token_opened_takes_none_to_go_on()
    {
        await using var client = await OpenAsync();
        await ConnectAsync(client, TestToken.For("42"));
        await client.SubscribeAsync("chat:a");
        foreach (var channel in (string[])["chat:a", "chat:b", "#42"])
            await client.ExchangeAsync(
                $$$"""{"id":5,"sub_refresh":{"channel":"{{{channel}}}","token":"{{{TestToken.ForChannel("42", channel)}}}"}}""", """{"id":5,"error":{"code":103,"message":"permission denied"}}""");
        await client.ExchangeAsync("""{"id":6,"sub_refresh":{"channel":"chat:a"}}""", """{"id":6,"error":{"code":107,"message":"bad request"}}""");
    }

    [Fact]
    public async Task A_token_names_channels_that_the_server_subscribes_the_client_to()
    {
        await using var client = await OpenAsync();
        var reply = await ConnectAsync(client, TestToken.For("42", """ "channels":["chat:$a","shut:b","shut:b"],"subs":{"orders:1":{"info":{"seat":1}}} """));
        Assert.Equal(["#42", "chat:$a", "orders:1", "shut:b"], reply.GetProperty("subs").EnumerateObject().Select(static entry => entry.Name).Order(StringComparer.Ordinal));
        await Node.PostBodyAsync("""{"channel":"shut:b","data":7}""");
        Assert.Equal("""{"push":{"channel":"shut:b","pub":{"data":7}}}""", await client.ReadAsync());
    }

    [Theory]
    [InlineData("nowhere:a", """{"id":1,"error":{"code":102,"message":"unknown channel"}}""")]
    [InlineData("chat:a#43", """{"id":1,"error":{"code":103,"message":"permission denied"}}""")]
    public async Task A_token_cannot_name_what_is_not_there_or_another_users(string channel, string expected)
    {
        await using var client = await OpenAsync();
        await client.ExchangeAsync(Connect(TestToken.For("42", $$""" "channels":["{{channel}}"] """)), expected);
    }

    [Fact]
    public async Task What_a_client_missed_in_channels_of_its_token_it_gets_when_it_comes_back()
    {
        await using var client = await OpenAsync();
        var token = TestToken.For("42", """ "channels":["kept:1"] """);
        var position = (await ConnectAsync(client, token)).GetProperty("subs").GetProperty("kept:1");
        await client.DisposeAsync();
        await Node.PostBodyAsync("""{"channel":"kept:1","data":{"n":1}}""");
        await using var back = await OpenAsync();
        await back.SendAsync($$$$$$$"""{"id":1,"connect":{"token":"{{{{{{{token}}}}}}}","subs":{"kept:1":{"recover":true,"epoch":"{{{{{{{position.GetProperty("epoch").GetString()}}}}}}}","offset":0}}}}""");
        var result = JsonElement.Parse(await back.ReadAsync()).GetProperty("connect").GetProperty("subs").GetProperty("kept:1");
        Assert.True(result.GetProperty("recovered").GetBoolean());

        // It may still be on its way to the node, and then follows.
        var publication = result.TryGetProperty("publications", out var missed) ? missed[0] : JsonElement.Parse(await back.ReadAsync()).GetProperty("push").GetProperty("pub");
        Assert.Equal(1, publication.GetProperty("data").GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task A_user_has_so_many_connections_and_no_more()
    {
        await using var node = Start(("PushGateway:Connections:MaxConnectionsPerUser", "1"));
        await using var first = await RawClient.OpenAsync(node);
        await ConnectAsync(first, TestToken.For("42"));
        await using var second = await RawClient.OpenAsync(node);
        await second.ExpectCloseAsync(Connect(TestToken.For("42")), 3504);
        await first.DisposeAsync();
        await Eventually.EqualAsync(0, node.CountConnectionsAsync);
        await using var third = await RawClient.OpenAsync(node);
        await ConnectAsync(third, TestToken.For("42"));
    }

    [Fact]
    public async Task In_development_a_token_counts_for_more_than_what_the_address_says()
    {
        await using var node = GatewayNode.Start(TestToken.Setting);
        await using var client = await RawClient.OpenAsync(node, "43");
        Assert.True((await ConnectAsync(client, TestToken.For("42"))).GetProperty("subs").TryGetProperty("#42", out _));
    }

    private static string Connect(string token) => $$$"""{"id":1,"connect":{"token":"{{{token}}}"}}""";

    private static async Task<JsonElement> ConnectAsync(RawClient client, string token)
    {
        await client.SendAsync(Connect(token));
        return JsonElement.Parse(await client.ReadAsync()).GetProperty("connect");
    }

    private Task<RawClient> OpenAsync() => RawClient.OpenAsync(Node);

    private static GatewayNode Start(params (string, string)[] settings)
    {
        const string key = "a-key-of-the-token-tests";
        var node = GatewayNode.StartIn(
            "Production",
            [
                TestToken.Setting, ("PushGateway:Security:ApiKeys:0", key), ("PushGateway:Namespaces:chat:Presence", "true"), ("PushGateway:Namespaces:orders:HistorySize", "0"),
                ("PushGateway:Namespaces:shut:Subscribe", "Nobody"), ("PushGateway:Namespaces:kept:HistorySize", "10"), .. settings,
            ]);
        node.Http.DefaultRequestHeaders.Add("X-API-Key", key);
        return node;
    }

    public sealed class Production : IAsyncDisposable
    {
        public GatewayNode Node { get; } = Start();

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
