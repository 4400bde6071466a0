using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Transports.Sockets;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>How many may come in, how long they may take, and how much they may say until then.</summary>
public abstract class DoorContract((string Key, string Value) way)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_storm_fills_the_node_and_not_more_and_who_leaves_makes_room()
    {
        const int max = 50, storm = 400;
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:MaxConnections", $"{max}"));
        var sockets = new RawWebSocket[storm];
        var answers = new RawResponse[storm];
        await Parallel.ForAsync(0, storm, Cancellation, async (i, _) =>
        {
            // The echo and clients have one limit.
            sockets[i] = await RawWebSocket.DialAsync(new Uri(node.WebSocket, i % 4 == 0 ? "/echo" : "/connection/websocket"));
            await sockets[i].SendAsciiAsync(sockets[i].HandshakeRequest());
            answers[i] = await sockets[i].ReadHeadAsync();
        });

        Assert.Equal(max, answers.Count(answer => answer.Status == 101));
        for (var i = 0; i < storm; i++)
        {
            if (answers[i].Status == 101)
                continue;

            Assert.Equal((503, "1", "application/problem+json"), (answers[i].Status, answers[i]["Retry-After"], answers[i]["Content-Type"]));
            Assert.Equal("urn:pushgateway:problem:node-full", JsonElement.Parse(await sockets[i].ReadBodyAsync(answers[i])).GetProperty("type").GetString());
        }

        var admission = node.Services.GetRequiredService<Admission>();
        Assert.Equal(max, admission.Clients);
        Assert.Equal(200, (int)(await node.Http.GetAsync(new Uri("/v1/nodes", UriKind.Relative), Cancellation)).StatusCode);

        // In whatever way they leave, their places are free again.
        for (var i = 0; i < storm; i++)
        {
            if (answers[i].Status == 101 && i % 3 == 0)
                await sockets[i].LeaveAsync();
            else if (i % 3 == 1)
                sockets[i].Abort();
            await sockets[i].DisposeAsync();
        }

        await Eventually.EqualAsync(0, () => admission.Clients);
        await using var late = await RawClient.ConnectAsync(node);
        Assert.Equal(1, admission.Clients);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("GET /connection/websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n")]
    public async Task Who_does_not_send_a_whole_request_in_time_is_cut(string begun)
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:HandshakeTimeout", "00:00:01"));
        await using var slow = await RawWebSocket.DialAsync(node.WebSocket);
        await slow.SendAsciiAsync(begun);
        await slow.DrainAsync();
        Assert.Equal(0, node.Services.GetRequiredService<PendingSockets>().Count);
        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
    }

    [Fact]
    public async Task Whose_request_was_whole_in_time_stays()
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:HandshakeTimeout", "00:00:01"));
        await using var client = await RawClient.ConnectAsync(node);
        await using var caller = await RawWebSocket.DialAsync(node.WebSocket);
        await caller.SendAsciiAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
        await caller.ReadBodyAsync(await caller.ReadHeadAsync());
        await using var slow = await RawWebSocket.DialAsync(node.WebSocket);
        await slow.DrainAsync(); // Longer than they could have taken.
        await client.ExchangeAsync("""{"id":5,"ping":{}}""", """{"id":5,"ping":{}}""");
        await caller.SendAsciiAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(200, (await caller.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task Of_too_many_that_send_no_request_the_oldest_go_and_others_are_served()
    {
        const int max = 20;
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:MaxPendingHandshakes", $"{max}"), ("PushGateway:Connections:HandshakeTimeout", "01:00:00"));
        var pending = node.Services.GetRequiredService<PendingSockets>();
        List<RawWebSocket> silent = [];
        for (var i = 0; i < 3 * max; i++)
        {
            var socket = await RawWebSocket.DialAsync(node.WebSocket);
            if (i % 2 == 0)
                await socket.SendAsciiAsync("GET /connection/websocket HTTP/1.1\r\nHost: a\r\n"); // The server waits for the rest.
            silent.Add(socket);
        }

        for (var i = 0; i < 2 * max; i++)
            await silent[i].DrainAsync();
        Assert.Equal(max, pending.Count);
        for (var i = 0; i < 5; i++)
        {
            await using var client = await RawClient.ConnectAsync(node);
            Assert.Equal(200, (int)(await node.Http.GetAsync(new Uri("/v1/nodes", UriKind.Relative), Cancellation)).StatusCode);
        }

        // Those that came last still may.
        await silent[^2].SendAsciiAsync(silent[^2].HandshakeRequest()[silent[^2].HandshakeRequest().IndexOf("Upgrade:", StringComparison.Ordinal)..]);
        Assert.Equal(101, (await silent[^2].ReadHeadAsync()).Status);
        foreach (var socket in silent)
            await socket.DisposeAsync();
        await Eventually.EqualAsync(0, () => pending.Count);
        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
    }

    [Theory]
    [InlineData(1, 3000, 101)]
    [InlineData(1, 5000, 431)]
    [InlineData(60, 100, 431)]
    [InlineData(200, 1, 431)]
    [InlineData(1, 20_000, 431)]
    public async Task Headers_over_the_limit_are_refused(int count, int length, int status)
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:MaxHeaderBytes", "4096"));
        foreach (var path in new[] { "/connection/websocket", "/echo" })
        {
            await using var socket = await RawWebSocket.DialAsync(new Uri(node.WebSocket, path));
            var more = string.Concat(Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('x', length)}\r\n"));
            await socket.SendAsciiAsync(socket.HandshakeRequest()[..^2] + more + "\r\n");
            Assert.Equal(status, (await socket.ReadHeadAsync()).Status);
        }
    }

    [Fact]
    public async Task A_request_line_over_the_limit_is_refused()
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:MaxHeaderBytes", "4096"));
        await using var socket = await RawWebSocket.DialAsync(new Uri(node.WebSocket, "?" + new string('q', 5000)));
        await socket.SendAsciiAsync(socket.HandshakeRequest());
        Assert.Equal(414, (await socket.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task Who_never_ends_its_headers_is_refused()
    {
        await using var node = GatewayNode.Start(way);
        await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
        await socket.SendAsciiAsync(socket.HandshakeRequest()[..^2]);
        try
        {
            for (var i = 0; i < 10_000; i++)
                await socket.SendAsciiAsync($"X-{i}: {new string('x', 100)}\r\n");
            Assert.Fail("The server takes headers without end.");
        }
        catch (SocketException)
        {
            // It has had enough.
        }
    }
}

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class DoorTests() : DoorContract(ClientWay.Bare);

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryDoorTests() : DoorContract(ClientWay.Ordinary);
