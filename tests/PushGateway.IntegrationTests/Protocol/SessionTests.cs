using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

/// <summary>How a session begins, lives and ends.</summary>
public sealed class SessionTests(SharedNode shared) : IClassFixture<SharedNode>
{
    private const int BadRequest = 3501, Stale = 3502, NoPong = 3012, Shutdown = 3001;
    private const string Connect = """{"id":1,"connect":{}}""";

    private GatewayNode Node => shared.Node;

    [Fact]
    public async Task The_reply_to_connect_says_who_and_where_the_client_is()
    {
        await using var client = await RawClient.OpenAsync(Node);
        await client.SendAsync("""{"id":4294967295,"connect":{"name":"js","version":"5.8.0","headers":{"a":"b"},"data":{"x":[1]},"token":""}}""");
        var text = await client.ReadAsync();
        var reply = JsonElement.Parse(text).GetProperty("connect");
        var id = reply.GetProperty("client").GetGuid();
        var version = reply.GetProperty("version").GetString();
        var node = reply.GetProperty("node").GetString();
        Assert.StartsWith("PushGateway ", version, StringComparison.Ordinal);
        Assert.Equal($$$"""{"id":4294967295,"connect":{"client":"{{{id}}}","version":"{{{version}}}","ping":25,"pong":true,"node":"{{{node}}}"}}""", text);
        var nodes = JsonElement.Parse(await Node.Http.GetStringAsync("/v1/nodes", TestContext.Current.CancellationToken));
        Assert.Equal(node, nodes.GetProperty("nodes")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_user_is_subscribed_to_the_own_channel_by_the_server()
    {
        await using var first = await RawClient.OpenAsync(Node, "42");
        await using var second = await RawClient.OpenAsync(Node, "42");
        await using var other = await RawClient.OpenAsync(Node, "43");
        var reply = await first.ConnectAsync();
        Assert.True(reply.GetProperty("connect").GetProperty("subs").GetProperty("#42").GetProperty("recoverable").GetBoolean());
        await second.ConnectAsync();
        await other.ConnectAsync();

        await Node.PostBodyAsync("""{"user":"42","data":{"for":"42"}}""");
        await Node.PostBodyAsync("""{"user":"43","data":{"for":"43"}}""");
        Assert.Equal("""{"push":{"channel":"#42","pub":{"data":{"for":"42"},"offset":1}}}""", await first.ReadAsync());
        Assert.Equal("""{"push":{"channel":"#42","pub":{"data":{"for":"42"},"offset":1}}}""", await second.ReadAsync());
        Assert.Equal("""{"push":{"channel":"#43","pub":{"data":{"for":"43"},"offset":1}}}""", await other.ReadAsync());
        await first.ExchangeAsync("""{"id":5,"subscribe":{"channel":"#42"}}""", """{"id":5,"error":{"code":105,"message":"already subscribed"}}""");
        await first.ExchangeAsync("""{"id":6,"subscribe":{"channel":"#43"}}""", """{"id":6,"error":{"code":103,"message":"permission denied"}}""");
    }

    [Fact]
    public async Task A_user_id_that_cannot_name_a_channel_counts_as_nobody()
    {
        await using var client = await RawClient.OpenAsync(Node, "1,2");
        var reply = await client.ConnectAsync();
        Assert.False(reply.GetProperty("connect").TryGetProperty("subs", out _));
    }

    [Theory]
    [InlineData("""{"id":1,"subscribe":{"channel":"news:a"}}""")]
    [InlineData("""{"id":1,"unsubscribe":{"channel":"news:a"}}""")]
    [InlineData("""{"id":1,"publish":{"channel":"chat:a","data":1}}""")]
    [InlineData("""{"id":1,"ping":{}}""")]
    [InlineData("""{"id":1,"rpc":{"method":"m","data":{}}}""")]
    [InlineData("""{"id":1,"history":{"channel":"news:a"}}""")]
    [InlineData("""{"id":1,"presence":{"channel":"news:a"}}""")]
    [InlineData("""{"send":{"data":1}}""")]
    [InlineData("""{"id":1}""")]
    [InlineData("{}")]
    public async Task The_first_command_is_connect(string command)
    {
        await using var client = await RawClient.OpenAsync(Node);
        await client.ExpectCloseAsync(command, BadRequest);
    }

    [Theory]
    [InlineData("""{"connect":{}}""")]
    [InlineData("""{"id":0,"connect":{}}""")]
    [InlineData("""{"id":1,"connect":null}""")]
    [InlineData("""{"id":1,"connect":[]}""")]
    [InlineData("""{"id":1,"connect":{"token":7}}""")]
    [InlineData("""{"id":-1,"connect":{}}""")]
    [InlineData("""{"id":4294967296,"connect":{}}""")]
    [InlineData("""{"id":"1","connect":{}}""")]
    [InlineData("""{"id":1.5,"connect":{}}""")]
    [InlineData("""{"id":1,"connect":{},"ping":{}}""")]
    [InlineData("""[{"id":1,"connect":{}}]""")]
    [InlineData("""{"id":1,"connect":{}}{"id":2,"ping":{}}""")]
    [InlineData("""{"id":1,"connect":{}""")]
    [InlineData("""{"id":1,"connect":{}},""")]
    [InlineData("""{id:1,connect:{}}""")]
    [InlineData("\n{\"id\":1,\"connect\":{}}")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"connect\"")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("\0")]
    [InlineData("")]
    public async Task A_connect_that_is_malformed_is_a_bad_request(string command)
    {
        await using var client = await RawClient.OpenAsync(Node);
        await client.ExpectCloseAsync(command, BadRequest);
    }

    [Fact]
    public async Task A_second_connect_is_a_bad_request()
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.ExpectCloseAsync("""{"id":2,"connect":{}}""", BadRequest);
    }

    [Fact]
    public async Task A_connect_with_a_token_is_refused_and_leaves_the_connection_unusable()
    {
        foreach (var next in new[] { """{"id":2,"connect":{}}""", """{"id":2,"subscribe":{"channel":"news:a"}}""", """{"id":2,"ping":{}}""", "{}" })
        {
            await using var client = await RawClient.OpenAsync(Node);
            await client.ExchangeAsync("""{"id":1,"connect":{"token":"abc"}}""", """{"id":1,"error":{"code":108,"message":"not available"}}""");
            await client.ExpectCloseAsync(next, BadRequest);
        }
    }

    [Fact]
    public async Task Commands_behind_a_refused_connect_in_the_same_frame_are_not_carried_out()
    {
        await using var client = await RawClient.OpenAsync(Node);
        await client.ExchangeAsync(
            """{"id":1,"connect":{"token":"abc"}}""" + "\n" + """{"id":2,"subscribe":{"channel":"news:never"}}""",
            """{"id":1,"error":{"code":108,"message":"not available"}}""");
        await client.ExpectCloseAsync(BadRequest);
    }

    [Theory]
    [InlineData(null, BadRequest)]
    [InlineData("42", null)]
    public async Task Anonymous_clients_are_refused_where_they_are_not_allowed(string? user, int? code)
    {
        await using var node = GatewayNode.Start(("PushGateway:Security:AllowAnonymous", "false"));
        await using var client = await RawClient.OpenAsync(node, user);
        if (code is null)
            await client.ConnectAsync();
        else
            await client.ExpectCloseAsync(Connect, BadRequest);
    }

    [Fact]
    public async Task In_production_nobody_is_who_they_say_they_are()
    {
        await using var node = GatewayNode.StartIn("Production", ("PushGateway:Security:ApiKeys:0", "a-key-of-16-characters-or-more"));
        await using var client = await RawClient.OpenAsync(node, "42");
        await client.ExpectCloseAsync(Connect, BadRequest);
    }

    [Fact]
    public async Task A_client_that_does_not_connect_in_time_is_stale()
    {
        await using var node = GatewayNode.Start(("PushGateway:Connections:ConnectTimeout", "00:00:02"));
        await using var silent = await RawClient.OpenAsync(node);
        await using var refused = await RawClient.OpenAsync(node);
        await using var pinging = await RawClient.OpenAsync(node);
        await refused.ExchangeAsync("""{"id":1,"connect":{"token":"abc"}}""", """{"id":1,"error":{"code":108,"message":"not available"}}""");
        await pinging.Socket.SendAsync(RawFrame.Of(RawFrame.Ping));
        Assert.Equal(RawFrame.Pong, (await pinging.Socket.ReadFrameAsync()).Opcode);
        await silent.ExpectCloseAsync(Stale);
        await refused.ExpectCloseAsync(Stale);
        await pinging.ExpectCloseAsync(Stale);
    }

    [Fact]
    public async Task A_client_answers_pings_or_is_closed()
    {
        await using var node = GatewayNode.Start(("PushGateway:Connections:PingInterval", "00:00:03"), ("PushGateway:Connections:PongTimeout", "00:00:02"));
        await Task.WhenAll(AnswerAsync(), BeSilentAsync(), AnswerTwiceAsync());

        async Task AnswerAsync()
        {
            await using var client = await OpenAsync();
            await client.SendAsync("{}");
            Assert.Equal("{}", await client.ReadAsync()); // The next ping comes later than a missing pong would have been noticed.
            await client.SendAsync("{}");
            await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
        }

        async Task BeSilentAsync()
        {
            await using var client = await OpenAsync();
            await client.Socket.SendAsync(RawFrame.Of(RawFrame.Pong)); // That is no pong of the protocol, and a command is none.
            await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
            await client.ExpectCloseAsync(NoPong);
        }

        async Task AnswerTwiceAsync()
        {
            await using var client = await OpenAsync();
            await client.ExpectCloseAsync("{}\n{}", BadRequest);
        }

        async Task<RawClient> OpenAsync()
        {
            var client = await RawClient.OpenAsync(node);
            Assert.Equal(3, (await client.ConnectAsync()).GetProperty("connect").GetProperty("ping").GetInt32());
            Assert.Equal("{}", await client.ReadAsync());
            return client;
        }
    }

    [Fact]
    public async Task An_unsolicited_pong_is_a_bad_request()
    {
        await using var client = await RawClient.ConnectAsync(Node);
        await client.ExpectCloseAsync("{}", BadRequest);
    }

    [Fact]
    public async Task A_node_that_stops_tells_every_client_to_come_back()
    {
        var node = GatewayNode.Start();
        var clients = new List<RawClient>();
        for (var i = 0; i < 20; i++)
            clients.Add(await RawClient.ConnectAsync(node, i % 2 == 0 ? null : "42", "news:a"));
        clients.Add(await RawClient.OpenAsync(node)); // Not connected.
        clients.Add(await RawClient.ConnectAsync(node));
        await clients[^1].Socket.SendAsync(RawFrame.OfText("in the middle", final: false));
        clients.Add(await RawClient.ConnectAsync(node));
        await clients[^1].Socket.SendAsync(RawFrame.Of(RawFrame.Text, "{"u8, claimedLength: 10_000).AsMemory(0, 8));

        var stopping = node.DisposeAsync().AsTask();
        foreach (var client in clients)
        {
            var frame = await client.Socket.ReadFrameAsync();
            Assert.Equal((Shutdown, "shutdown"), (frame.CloseCode, frame.CloseReason));
            client.Socket.CloseSending();
        }

        await stopping.WaitAsync(RawWebSocket.Patience, TestContext.Current.CancellationToken);
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task A_node_that_stops_leaves_nobody_waiting_who_came_in_that_moment()
    {
        var node = GatewayNode.Start();
        var told = new ConcurrentBag<Task>();
        var comers = Enumerable.Range(0, 8).Select(_ => Task.Run(ComeAsync, TestContext.Current.CancellationToken)).ToArray();
        await Eventually.EqualAsync(true, () => told.Count > 200);
        await node.DisposeAsync().AsTask().WaitAsync(RawWebSocket.Patience, TestContext.Current.CancellationToken);
        await Task.WhenAll(comers);
        await Task.WhenAll(told);

        // One after the other, until nobody answers any more.
        async Task ComeAsync()
        {
            while (true)
            {
                RawWebSocket socket;
                try
                {
                    socket = await RawWebSocket.DialAsync(node.WebSocket);
                    await socket.SendAsciiAsync(socket.HandshakeRequest());
                    var status = (await socket.ReadHeadAsync()).Status;
                    if (status == 503)
                    {
                        await socket.DisposeAsync(); // Told in another way.
                        continue;
                    }

                    Assert.Equal(101, status);
                }
                catch (Exception nobody) when (nobody is SocketException or EndOfStreamException)
                {
                    return;
                }

                told.Add(StayAsync(socket));
            }
        }

        // Everyone who was let in hears why the connection ends, whether it came as far as a session or not.
        async Task StayAsync(RawWebSocket socket)
        {
            await using var _ = socket;
            await socket.SendTextAsync(Connect);
            var frame = await socket.ReadFrameAsync();
            if (frame.Opcode == RawFrame.Text)
                frame = await socket.ReadFrameAsync();
            Assert.Equal((RawFrame.Close, Shutdown), (frame.Opcode, frame.CloseCode));
            await socket.SendAsync(RawFrame.Of(RawFrame.Close));
        }
    }
}
