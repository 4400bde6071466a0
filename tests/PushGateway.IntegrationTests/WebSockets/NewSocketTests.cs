using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Transports.Sockets;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Sockets that say nothing, go at once, or come when there is no room; and where all of them are in the end.</summary>
[Collection(nameof(Alone))]
public sealed class NewSocketTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_says_nothing_is_cut()
    {
        await using var node = GatewayNode.Start(("PushGateway:Connections:HandshakeTimeout", "00:00:01"));
        await using var silent = await RawWebSocket.DialAsync(node.WebSocket);
        await silent.ExpectEndAsync();
        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
    }

    [Fact]
    public async Task Thousands_that_say_nothing_are_in_nobodys_way()
    {
        await using var node = GatewayNode.Start(("PushGateway:Connections:ChannelLinger", "00:00:01"));
        var silent = new List<RawWebSocket>();
        for (var i = 0; i < 3000; i++)
            silent.Add(await RawWebSocket.DialAsync(node.WebSocket));
        await using (var client = await RawClient.ConnectAsync(node, null, "news:a"))
        {
            await node.PostAsync("news:a", "1");
            Assert.Equal("""{"push":{"channel":"news:a","pub":{"data":1}}}""", await client.ReadAsync());
        }

        // One half goes without a word, the other by a reset.
        for (var i = 0; i < silent.Count; i++)
        {
            if (i % 2 == 0)
                silent[i].Abort();
            await silent[i].DisposeAsync();
        }

        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
    }

    [Fact]
    public async Task Ten_thousand_that_connect_and_vanish_leave_nothing()
    {
        await using var node = GatewayNode.Start();
        await Parallel.ForAsync(0, 10_000, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (i, _) =>
        {
            await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
            if (i % 4 == 1)
                await socket.SendAsciiAsync(socket.HandshakeRequest());
            if (i % 4 == 2)
                await socket.SendAsciiAsync("GET ");
            if (i % 2 == 0)
                socket.Abort();
        });
        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
        await using var client = await RawClient.ConnectAsync(node);
    }

    [Fact]
    public async Task A_node_that_stops_lets_go_of_every_socket()
    {
        // The server waits for the rest of a request that has begun, as long as it ever does.
        var node = GatewayNode.StartWith(services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(2)));
        List<RawWebSocket> sockets = [];
        for (var i = 0; i < 12; i++)
        {
            var socket = await RawWebSocket.DialAsync(node.WebSocket);
            sockets.Add(socket);
            switch (i % 6)
            {
                case 0: // New.
                    break;
                case 1: // The server's, in the middle of a request.
                    await socket.SendAsciiAsync("GET /connection/webso");
                    break;
                case 2: // The server's, between two requests.
                    await socket.SendAsciiAsync("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
                    Assert.Equal(200, (await socket.ReadHeadAsync()).Status);
                    break;
                case 3: // Served, without a session.
                    await socket.ShakeHandsAsync();
                    break;
                case 4: // With one.
                    await socket.ShakeHandsAsync(RawFrame.OfText("""{"id":1,"connect":{}}"""));
                    await socket.ReadMessageAsync();
                    break;
                default: // In the middle of a message.
                    await socket.ShakeHandsAsync(RawFrame.OfText("""{"id":1,"connect":{}}""").AsMemory(0, 9));
                    break;
            }
        }

        await node.DisposeAsync();
        foreach (var socket in sockets)
        {
            await socket.DrainAsync();
            await socket.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_address_that_is_given_up_takes_its_own_clients_along_and_nobody_elses()
    {
        await using var node = GatewayNode.Start();
        await using var other = await RawClient.ConnectAsync(node);
        var listener = Listen(node);
        var address = new UriBuilder(node.WebSocket) { Port = ((IPEndPoint)listener.EndPoint).Port }.Uri;
        var client = await RawClient.ConnectAsync(address);
        var silent = await RawWebSocket.DialAsync(address);
        var request = await RawWebSocket.DialAsync(address);
        await request.SendAsciiAsync("GET / HTTP/1.1\r\n");
        await using (var accepted = await listener.AcceptAsync(Cancellation))
            Assert.NotNull(accepted);
        await using var left = await RawWebSocket.DialAsync(address);
        await left.SendAsciiAsync("GET / HTTP/1.1\r\n");
        Assert.Equal(2, NodeInside.CountBare(node.Services));

        await listener.UnbindAsync(Cancellation);
        await silent.ExpectEndAsync();
        await client.ExchangeAsync("""{"id":5,"ping":{}}""", """{"id":5,"ping":{}}""");
        await Assert.ThrowsAsync<SocketException>(() => RawWebSocket.DialAsync(address));
        await listener.DisposeAsync();
        await listener.DisposeAsync();
        Assert.Null(await listener.AcceptAsync(Cancellation));
        await client.Socket.DrainAsync();
        await left.DrainAsync();
        await other.ExchangeAsync("""{"id":5,"ping":{}}""", """{"id":5,"ping":{}}""");
        await Eventually.EqualAsync(1, () => NodeInside.CountBare(node.Services));
        await client.DisposeAsync();
        await silent.DisposeAsync();
        await request.DisposeAsync();
    }

    [Fact]
    public async Task What_comes_behind_a_close_frame_keeps_nobody()
    {
        await using var node = GatewayNode.Start();
        await using var client = await RawClient.ConnectAsync(node);
        byte[] flood = [.. RawFrame.OfClose(1000), .. new byte[4 * 1024 * 1024]];
        try
        {
            await client.Socket.SendAsync(flood);
        }
        catch (SocketException)
        {
            // The end came while it was sending.
        }

        await client.Socket.DrainAsync();
        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
    }

    [Fact]
    public async Task A_node_that_may_open_no_more_files_goes_on_when_it_may_again()
    {
        var address = new Uri($"ws://127.0.0.1:{RedisHost.FindPort()}/connection/websocket");
        await using var node = ChildProcess.Start(
            "sh",
            ["-c", "ulimit -n 300; exec dotnet \"$0\" \"$@\"", typeof(Program).Assembly.Location, "--urls", $"http://{address.Authority}"],
            [("ASPNETCORE_ENVIRONMENT", "Development")]);
        while (!(await node.NextLineAsync(Cancellation)).Contains("Now listening on: ", StringComparison.Ordinal))
        {
            // It says other things before.
        }

        var clients = new List<RawWebSocket>();
        for (var i = 0; i < 400; i++)
        {
            var socket = await RawWebSocket.DialAsync(address);
            await socket.SendAsciiAsync(socket.HandshakeRequest());
            clients.Add(socket);
        }

        while (!(await node.NextLineAsync(Cancellation)).Contains("A connection could not be accepted", StringComparison.Ordinal))
        {
            // Until it is full.
        }

        foreach (var client in clients)
            await client.DisposeAsync();
        await using var late = await RawClient.ConnectAsync(address);
    }

    /// <summary>One more listener of the same node. It says of itself that it is the node's own address, which is known to be without TLS.</summary>
    private static SocketListener Listen(GatewayNode node)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        var clients = ActivatorUtilities.CreateInstance<SocketClients>(node.Services, new IPEndPoint(IPAddress.Loopback, node.Address.Port));
        return new SocketListener(
            socket, clients, node.Services.GetRequiredService<PendingSockets>(), new SocketTransportOptions(), System.Buffers.MemoryPool<byte>.Shared, NullLogger<SocketListener>.Instance, TimeProvider.System);
    }
}
