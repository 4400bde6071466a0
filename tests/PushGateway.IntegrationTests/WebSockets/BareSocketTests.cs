using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Which clients are served on their bare sockets and which are not. They are all served.</summary>
public sealed class BareSocketTests(SharedNode shared) : IClassFixture<SharedNode>
{
    private const string Connect = """{"id":1,"connect":{}}""", HostKey = "Host";
    private const string ApiKey = "a-key-of-16-characters-or-more";

    public static TheoryData<string, string, bool> Requests => new()
    {
        { "as clients send it", Request(), true },
        { "names in odd case", Request().Replace("Upgrade: web", "uPGRADE: web", StringComparison.Ordinal).Replace("Sec-WebSocket-Key", "SEC-websocket-KEY", StringComparison.Ordinal), true },
        { "no space behind the colons", Request().Replace(": ", ":", StringComparison.Ordinal), true },
        { "several Connection headers", Request("Connection: keep-alive"), true },
        { "a list in Connection", Request().Replace("Connection: Upgrade", "Connection: keep-alive , upgrade", StringComparison.Ordinal), true },
        { "what browsers add", Request("Origin: http://127.0.0.1", "Cookie: a=b; c=\"d\"", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"), true },
        { "a query, which may name the user", Request().Replace("websocket HTTP", "websocket?a=b HTTP", StringComparison.Ordinal), false },
        { "a list in Upgrade", Request().Replace("Upgrade: websocket", "Upgrade: h2c, websocket", StringComparison.Ordinal), false },
        { "a tab in a value", Request("X-Tab: a\tb"), false },
        { "an absolute target", Request().Replace("GET /", "GET http://127.0.0.1/", StringComparison.Ordinal), false },
        { "an odd path", Request().Replace("GET /connection", "GET /Connection", StringComparison.Ordinal), false },
        { "an empty line before", "\r\n" + Request(), false },
        { "an odd host", Request().Replace("Host: 127.0.0.1", "Host: a~b", StringComparison.Ordinal), false },
        { "no body", Request("Content-Length: 0"), false },
        { "many headers", Request([.. Enumerable.Range(0, 70).Select(i => $"X-{i}: {i}")]), false },
        { "longer than is looked at", Request("Cookie: " + new string('c', 9000)), false },
    };

    [Theory]
    [MemberData(nameof(Requests), DisableDiscoveryEnumeration = true)]
    public async Task Each_legal_handshake_is_served(string what, string request, bool bare)
    {
        await using var node = GatewayNode.Start();
        await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
        await socket.SendAsciiAsync(request);
        var response = await socket.ReadHeadAsync();
        Assert.True(response.Status == 101, what);
        Assert.Equal((RawWebSocket.Accept, "websocket", "Upgrade"), (response["Sec-WebSocket-Accept"], response["Upgrade"], response["Connection"]));
        await OpenSessionAsync(socket);
        Assert.True((bare ? 1 : 0) == NodeInside.CountBare(node.Services), what);
        await socket.LeaveAsync();
    }

    [Fact]
    public async Task One_that_comes_in_pieces_is_served()
    {
        await using var node = GatewayNode.Start();
        await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
        await socket.SendAsciiAsync(Request()[..1]);
        await using (var other = await RawClient.ConnectAsync(node))
            await other.ExchangeAsync("""{"id":5,"ping":{}}""", """{"id":5,"ping":{}}"""); // The first byte has been looked at meanwhile.
        await Eventually.EqualAsync(0, () => NodeInside.CountBare(node.Services));
        await socket.SendAsciiAsync(Request()[1..]);
        Assert.Equal(101, (await socket.ReadHeadAsync()).Status);
        await OpenSessionAsync(socket);
        Assert.Equal(0, NodeInside.CountBare(node.Services));
    }

    [Fact]
    public async Task Frames_in_the_packet_of_the_handshake_are_not_lost()
    {
        await using var node = GatewayNode.Start();
        await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
        byte[] frames = [.. RawFrame.OfText(Connect), .. Enumerable.Range(2, 500).SelectMany(id => RawFrame.OfText($$$"""{"id":{{{id}}},"ping":{}}"""))];
        await socket.ShakeHandsAsync(behind: frames);
        Assert.StartsWith("""{"id":1,"connect":""", await socket.ReadMessageAsync(), StringComparison.Ordinal);
        for (var id = 2; id < 502; id++)
            Assert.Equal($$$"""{"id":{{{id}}},"ping":{}}""", await socket.ReadMessageAsync());
        Assert.Equal(1, NodeInside.CountBare(node.Services));
    }

    [Fact]
    public async Task A_connection_that_began_with_another_request_stays_the_servers()
    {
        await using var node = GatewayNode.Start();
        await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
        const string body = """{"channel":"news:a","data":1}""";
        await socket.SendAsciiAsync($"POST /v1/notifications HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var posted = await socket.ReadHeadAsync();
        Assert.Equal(200, posted.Status);
        await socket.ReadBodyAsync(posted);
        await socket.ShakeHandsAsync();
        await OpenSessionAsync(socket);
        Assert.Equal(0, NodeInside.CountBare(node.Services));
    }

    [Fact]
    public async Task In_Production_a_query_is_passed_over()
    {
        await using var node = GatewayNode.StartIn("Production", ("PushGateway:Security:ApiKeys:0", ApiKey), ("PushGateway:Security:AllowAnonymous", "true"));
        await using var client = await RawClient.ConnectAsync(new Uri(node.WebSocket, "?user=42"));
        Assert.Equal(1, NodeInside.CountBare(node.Services));
    }

    [Theory]
    [InlineData("127.0.0.1", 101, 1)]
    [InlineData("gateway.example:8080", 101, 1)]
    [InlineData("a.gateway.example", 101, 1)]
    [InlineData("[::1]:80", 101, 1)]
    [InlineData("GATEWAY.example", 101, 1)]
    [InlineData("evil.example", 400, 0)]
    [InlineData("gateway.example.evil", 400, 0)]
    [InlineData("", 101, 0)] // The filter of the server lets requests without a host through.
    public async Task Hosts_that_are_not_allowed_are_refused_by_the_server(string host, int status, int bare)
    {
        await using var node = GatewayNode.Start(("AllowedHosts", "127.0.0.1;[::1];gateway.example;*.gateway.example"));
        await using var socket = await RawWebSocket.DialAsync(node.WebSocket);
        await socket.SendAsciiAsync(socket.HandshakeRequest(changes: (HostKey, host)));
        Assert.Equal(status, (await socket.ReadHeadAsync()).Status);
        await Eventually.EqualAsync(bare, () => NodeInside.CountBare(node.Services)); // The answer may be here before the client is counted.
    }

    [Fact]
    public async Task Where_all_hosts_are_allowed_others_beside_that_say_nothing()
    {
        await using var node = GatewayNode.Start(("AllowedHosts", "a.example;*"));
        await using var client = await RawClient.ConnectAsync(node);
        Assert.Equal(1, NodeInside.CountBare(node.Services));
    }

    [Fact]
    public async Task Where_it_is_switched_off_no_client_is_served_so()
    {
        await using var node = GatewayNode.Start(ClientWay.Ordinary);
        await using var client = await RawClient.ConnectAsync(node);
        Assert.Equal(0, NodeInside.CountBare(node.Services));
    }

    [Fact]
    public async Task Limits_of_the_servers_connections_hold_for_clients()
    {
        await using var node = GatewayNode.StartWith(services => services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxConcurrentUpgradedConnections = 1));
        await using var client = await RawClient.ConnectAsync(node);
        Assert.Equal(0, NodeInside.CountBare(node.Services));
        await using var second = await RawWebSocket.DialAsync(node.WebSocket);
        await second.SendAsciiAsync(second.HandshakeRequest());
        Assert.NotEqual(101, (await second.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task Every_kind_of_address_is_listened_on()
    {
        var port = RedisHost.FindPort();
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sock");
        await using var node = GatewayNode.Start(
            ("Kestrel:Endpoints:Local:Url", $"http://localhost:{port}"),
            ("Kestrel:Endpoints:Six:Url", "http://[::1]:0"),
            ("Kestrel:Endpoints:Unix:Url", $"http://unix:{path}"));
        var six = node.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Select(BindingPort).First(other => other != port && other != 80);
        EndPoint[] addresses =
        [
            new IPEndPoint(IPAddress.Loopback, port), new IPEndPoint(IPAddress.IPv6Loopback, port), new IPEndPoint(IPAddress.IPv6Loopback, six), new UnixDomainSocketEndPoint(path),
        ];
        for (var i = 0; i < addresses.Length; i++)
        {
            await using var socket = await RawWebSocket.DialAsync(addresses[i], node.WebSocket);
            await socket.ShakeHandsAsync();
            await OpenSessionAsync(socket);
            Assert.Equal(addresses[i] is IPEndPoint ? 1 : 0, NodeInside.CountBare(node.Services));
            await socket.LeaveAsync();
            await Eventually.EqualAsync(0, () => NodeInside.CountBare(node.Services));
        }
    }

    [Fact]
    public void An_address_that_is_taken_is_told_as_the_server_tells_it()
    {
        var taken = Assert.Throws<IOException>(() => GatewayNode.Start(("Kestrel:Endpoints:Taken:Url", $"http://127.0.0.1:{shared.Node.Address.Port}")));
        Assert.Contains("address already in use", taken.Message, StringComparison.Ordinal);
    }

    private static async Task OpenSessionAsync(RawWebSocket socket)
    {
        await socket.SendTextAsync(Connect);
        Assert.StartsWith("""{"id":1,"connect":""", await socket.ReadMessageAsync(), StringComparison.Ordinal);
    }

    private static string Request(params string[] more) =>
        $"GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {RawWebSocket.Key}\r\n{string.Concat(more.Select(line => line + "\r\n"))}\r\n";

    private static int BindingPort(string address) => BindingAddress.Parse(address).Port;
}
