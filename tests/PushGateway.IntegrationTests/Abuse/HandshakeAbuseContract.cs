using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>Whoever misbehaves before there is a WebSocket.</summary>
public abstract class HandshakeAbuseContract(AbuseServer server) : AbuseSuite(server)
{
    // Six times what a head may have.
    private const int LongBytes = 200_000;

    private const string Begun = "GET /connection/websocket HTTP/1.1\r\nHost: a\r\nX: ";

    private static readonly string[] Bombs = ["many", "long", "folded", "nameless", "spaced", "zeros", "endless", "line"];

    [Fact]
    public async Task Slow_handshakes_by_the_thousand()
    {
        const int slow = 2000;
        await using var node = GatewayNode.Start(Way, ("PushGateway:Connections:HandshakeTimeout", "00:00:02"), ("PushGateway:Connections:ChannelLinger", "00:00:01"));
        await BesideAsync(node, async steady =>
        {
            var sockets = await AllAsync(slow, _ => RawWebSocket.DialAsync(node.WebSocket));
            // One half says nothing, the other sends byte by byte, so that it is never silent, until all are cut.
            for (var sent = 0; Pending(node).Count > 0; sent++)
            {
                var next = Begun[Math.Min(sent, Begun.Length - 1)].ToString();
                for (var i = 0; i < slow; i += 2)
                    await TryAsync(() => sockets[i].SendAsciiAsync(next));
                await steady.ProgressAsync(1);
            }

            foreach (var socket in sockets)
            {
                await socket.DrainAsync();
                await socket.DisposeAsync();
            }
        });
    }

    [Fact]
    public async Task Sockets_without_end_that_send_no_request()
    {
        const int max = 500, guests = 25;
        await using var node = GatewayNode.Start(
            Way, ("PushGateway:Connections:MaxPendingHandshakes", $"{max}"), ("PushGateway:Connections:HandshakeTimeout", "00:01:00"), ("PushGateway:Connections:ChannelLinger", "00:00:01"));
        await BesideAsync(node, async steady =>
        {
            var sockets = await AllAsync(5 * max, async i =>
            {
                var socket = await RawWebSocket.DialAsync(node.WebSocket);
                if (i % 2 == 0)
                    await TryAsync(() => socket.SendAsciiAsync(Begun));
                if (i % (5 * max / guests) == 0)
                    await (await RawClient.ConnectAsync(node)).DisposeAsync(); // Comes in among them.
                return socket;
            });

            // Each of the guests took the place of one while it came, and the last of them of one that nobody followed.
            await Eventually.EqualAsync(true, () => Pending(node).Count is > max - guests and <= max);
            await steady.ProgressAsync();
            foreach (var socket in sockets)
                await socket.DisposeAsync();
        });
    }

    [Fact]
    public Task Storms_of_clients_that_come_at_once_and_stay() => BesideAsync(async steady =>
    {
        var clients = await AllAsync(1500, async i =>
        {
            var socket = await RawWebSocket.DialAsync(Node.WebSocket);
            byte[] all = [.. System.Text.Encoding.ASCII.GetBytes(socket.HandshakeRequest()), .. RawFrame.OfText("""{"id":1,"connect":{}}""")];
            await socket.SendAsync(all);
            if (i % 2 == 0)
            {
                Assert.Equal(101, (await socket.ReadHeadAsync()).Status);
                await socket.ReadMessageAsync();
            }

            return socket;
        });
        await Eventually.EqualAsync(1501, Node.CountConnectionsAsync);
        await steady.ProgressAsync();
        foreach (var client in clients)
            client.Abort();
    });

    [Fact]
    public Task Bombs_of_headers() => BesideAsync(async _ => await AllAsync(30 * Bombs.Length, async i =>
    {
        var bomb = Bombs[i % Bombs.Length];
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        var head = socket.HandshakeRequest()[..^2];
        var text = bomb switch
        {
            "many" => head + string.Concat(Enumerable.Range(0, 2000).Select(n => $"X-{n}: {i}\r\n")) + "\r\n",
            "long" => $"{head}X: {new string('x', LongBytes)}\r\n\r\n",
            "folded" => head + "X: a\r\n" + string.Concat(Enumerable.Repeat(" folded\r\n", 20)) + "\r\n",
            "nameless" => head + ": a\r\n\r\n",
            "spaced" => head + "X : a\r\n\r\n",
            "zeros" => head + "X: " + new string('\0', 100) + "\r\n\r\n",
            "line" => $"GET /connection/websocket?{new string('q', LongBytes)} HTTP/1.1\r\nHost: a\r\n\r\n",
            _ => head + string.Concat(Enumerable.Repeat($"X: {new string('x', 1000)}\r\n", LongBytes / 1000)),
        };
        await TryAsync(() => socket.SendAsciiAsync(text));
        // What is longer may lose its answer in the reset that comes behind bytes nobody reads.
        if (bomb is "folded" or "nameless" or "spaced" or "zeros")
            Assert.InRange((await socket.ReadHeadAsync()).Status, 400, 499);
        await socket.DrainAsync();
    }));

    [Fact]
    public Task A_second_request_behind_the_handshake() => BesideAsync(async _ => await AllAsync(100, async _ =>
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await socket.ShakeHandsAsync(behind: "GET /v1/nodes HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        await socket.ExpectCloseFrameAsync(1002);
        socket.CloseSending();
        await socket.ExpectEndAsync();
    }));

    [Fact]
    public Task A_handshake_behind_another_request() => BesideAsync(async _ => await AllAsync(100, async _ =>
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await socket.SendAsciiAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n" + socket.HandshakeRequest());
        var live = await socket.ReadHeadAsync();
        Assert.Equal(200, live.Status);
        await socket.ReadBodyAsync(live);
        Assert.Equal(101, (await socket.ReadHeadAsync()).Status);
        await socket.SendTextAsync("""{"id":1,"connect":{}}""");
        Assert.StartsWith("""{"id":1,"connect":""", await socket.ReadMessageAsync(), StringComparison.Ordinal);
        await socket.LeaveAsync();
    }));
}

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class HandshakeAbuseTests(BareAbuseServer server) : HandshakeAbuseContract(server), IClassFixture<BareAbuseServer>;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryHandshakeAbuseTests(OrdinaryAbuseServer server) : HandshakeAbuseContract(server), IClassFixture<OrdinaryAbuseServer>;
