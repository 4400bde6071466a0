using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>The handshakes that clients, proxies and browsers make, and what is none.</summary>
public abstract class HandshakeContract(SharedNode shared)
{
    private const string Connect = """{"id":1,"connect":{}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private GatewayNode Node => shared.Node;

    [Fact]
    public async Task Proves_that_it_understood_the_key()
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await socket.SendAsciiAsync(socket.HandshakeRequest(changes: ("Sec-WebSocket-Key", key)));
        var response = await socket.ReadHeadAsync();
        Assert.Equal(101, response.Status);
        Assert.Equal(RawWebSocket.AcceptFor(key), response["Sec-WebSocket-Accept"]);
        Assert.Equal("websocket", response["Upgrade"]);
        Assert.Equal("Upgrade", response["Connection"]);
        Assert.Null(response["Sec-WebSocket-Extensions"]);
    }

    [Theory]
    [InlineData("WebSocket", "upgrade")]
    [InlineData("websocket", "keep-alive, Upgrade")]
    [InlineData("WEBSOCKET", "UPGRADE")]
    [InlineData("h2c, websocket", "Upgrade,HTTP2-Settings")]
    public async Task Takes_the_request_as_clients_and_proxies_write_it(string upgrade, string connection)
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await socket.SendAsciiAsync(socket.HandshakeRequest("GET", ("Upgrade", upgrade), ("Connection", connection)));
        Assert.Equal(101, (await socket.ReadHeadAsync()).Status);
        await socket.SendTextAsync(Connect);
        Assert.StartsWith("""{"id":1,"connect":{"client":""", await socket.ReadMessageAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "Upgrade", null, 426)]
    [InlineData("GET", "Connection", "keep-alive", 426)]
    [InlineData("GET", "Upgrade", "h2c", 426)]
    [InlineData("POST", "Content-Length", "0", 426)]
    [InlineData("PUT", "Content-Length", "0", 426)]
    [InlineData("GET", "Sec-WebSocket-Version", "12", 426)]
    [InlineData("GET", "Sec-WebSocket-Version", "8", 426)]
    [InlineData("GET", "Sec-WebSocket-Version", "13, 8", 426)]
    [InlineData("GET", "Sec-WebSocket-Version", null, 426)]
    [InlineData("GET", "Sec-WebSocket-Key", null, 400)]
    [InlineData("GET", "Sec-WebSocket-Key", "", 400)]
    [InlineData("GET", "Sec-WebSocket-Key", "no base64 at all", 400)]
    [InlineData("GET", "Sec-WebSocket-Key", "dG9vIHNob3J0", 400)]
    [InlineData("GET", "Sec-WebSocket-Key", "dGhpcyBrZXkgaXMgcXVpdGUgdG9vIGxvbmc=", 400)]
    public async Task Refuses_what_is_no_handshake_and_says_why(string method, string header, string? value, int status)
    {
        foreach (var endpoint in new[] { "/connection/websocket", "/echo" })
        {
            await using var socket = await RawWebSocket.DialAsync(new Uri(Node.WebSocket, endpoint));
            await socket.SendAsciiAsync(socket.HandshakeRequest(method, (header, value)));
            var response = await socket.ReadHeadAsync();
            Assert.Equal(status, response.Status);
            Assert.Equal("application/problem+json", response["Content-Type"]);
            var problem = JsonElement.Parse(await socket.ReadBodyAsync(response));
            Assert.Equal("urn:pushgateway:problem:websocket-required", problem.GetProperty("type").GetString());
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            if (status == 426)
            {
                Assert.Equal("websocket", response["Upgrade"]);
                Assert.Equal("13", response["Sec-WebSocket-Version"]);
            }
        }
    }

    [Fact]
    public async Task Refuses_a_request_of_http_1_0()
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await socket.SendAsciiAsync(socket.HandshakeRequest().Replace("HTTP/1.1", "HTTP/1.0", StringComparison.Ordinal));
        Assert.Equal(426, (await socket.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task Tells_a_browser_what_the_address_is_for()
    {
        using var response = await Node.Http.GetAsync("/connection/websocket", Cancellation);
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("centrifuge-json", "centrifuge-json")]
    [InlineData("soap, centrifuge-json, mqtt", "centrifuge-json")]
    [InlineData("soap", null)]
    [InlineData("Centrifuge-JSON", null)]
    [InlineData(null, null)]
    public async Task Chooses_the_subprotocol_that_it_speaks(string? offered, string? chosen)
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        await socket.SendAsciiAsync(socket.HandshakeRequest(changes: ("Sec-WebSocket-Protocol", offered)));
        var response = await socket.ReadHeadAsync();
        Assert.Equal(101, response.Status);
        Assert.Equal(chosen, response["Sec-WebSocket-Protocol"]);
    }

    [Fact]
    public async Task Loses_nothing_that_came_in_the_same_packet_as_the_handshake()
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        byte[] frames = [.. RawFrame.OfText(Connect), .. RawFrame.Of(RawFrame.Ping, "early"u8), .. RawFrame.OfText("""{"id":2,"ping":{}}""")];
        await socket.ShakeHandsAsync(behind: frames);
        Assert.StartsWith("""{"id":1,"connect":""", await socket.ReadMessageAsync(), StringComparison.Ordinal);
        Assert.Equal("early", (await socket.ReadFrameAsync()).Body);
        Assert.Equal("""{"id":2,"ping":{}}""", await socket.ReadMessageAsync());
    }

    [Fact]
    public async Task Takes_a_handshake_and_a_frame_that_come_byte_by_byte()
    {
        await using var socket = await RawWebSocket.DialAsync(Node.WebSocket);
        foreach (var next in Encoding.ASCII.GetBytes(socket.HandshakeRequest()))
            await socket.SendAsync(new[] { next });
        Assert.Equal(101, (await socket.ReadHeadAsync()).Status);
        foreach (var next in RawFrame.OfText(Connect))
            await socket.SendAsync(new[] { next });
        Assert.StartsWith("""{"id":1,"connect":""", await socket.ReadMessageAsync(), StringComparison.Ordinal);
    }
}
