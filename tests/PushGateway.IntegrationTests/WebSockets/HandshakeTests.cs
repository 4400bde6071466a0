using System.Net;
using System.Net.WebSockets;
using System.Text;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
public sealed class OrdinaryHandshakeTests(SharedOrdinaryNode shared) : HandshakeContract(shared), IClassFixture<SharedOrdinaryNode>;

/// <inheritdoc/>
public sealed class HandshakeTests(SharedNode shared) : HandshakeContract(shared), IClassFixture<SharedNode>
{
    private const string Connect = """{"id":1,"connect":{}}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, 404)]
    [InlineData("true", 101)]
    [InlineData("false", 404)]
    public async Task The_echo_answers_in_production_where_it_is_switched_on(string? enabled, int status)
    {
        (string, string)[] key = [("PushGateway:Security:ApiKeys:0", "a-key-of-16-characters-or-more")];
        await using var node = GatewayNode.StartIn("Production", enabled is null ? key : [.. key, ("PushGateway:Echo:Enabled", enabled)]);
        await using var socket = await RawWebSocket.DialAsync(new Uri(node.WebSocket, "/echo"));
        await socket.SendAsciiAsync(socket.HandshakeRequest());
        Assert.Equal(status, (await socket.ReadHeadAsync()).Status);
    }

    [Fact]
    public async Task Takes_clients_over_http_2()
    {
        await using var node = GatewayNode.Start(("Kestrel:EndpointDefaults:Protocols", "Http2"));
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        using var echo = await OpenHttp2Async(node, "/echo", http);
        using var client = await OpenHttp2Async(node, "/connection/websocket", http, "centrifuge-json");
        Assert.Equal("centrifuge-json", client.SubProtocol);

        // Both are streams of one connection. Neither ends the other.
        await echo.SendAsync("over HTTP/2"u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        Assert.Equal("over HTTP/2", await ReceiveAsync(echo));
        await client.SendAsync(Encoding.UTF8.GetBytes(Connect), WebSocketMessageType.Text, true, Cancellation);
        Assert.StartsWith("""{"id":1,"connect":""", await ReceiveAsync(client), StringComparison.Ordinal);
        await echo.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, echo.CloseStatus);

        await client.SendAsync("""{"id":2,"subscribe":{"channel":"news:h2"}}"""u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        Assert.Equal("""{"id":2,"subscribe":{}}""", await ReceiveAsync(client));
        using var post = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Address, "/v1/notifications"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new StringContent("""{"channel":"news:h2","data":1}""", Encoding.UTF8, "application/json"),
        };
        using var answer = await http.SendAsync(post, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"push":{"channel":"news:h2","pub":{"data":1}}}""", await ReceiveAsync(client));

        await client.SendAsync("nonsense"u8.ToArray(), WebSocketMessageType.Text, true, Cancellation);
        var closed = await client.ReceiveAsync(new byte[100].AsMemory(), Cancellation);
        Assert.Equal(WebSocketMessageType.Close, closed.MessageType);
        Assert.Equal(3501, (int)client.CloseStatus!.Value);
    }

    private static async Task<ClientWebSocket> OpenHttp2Async(GatewayNode node, string path, HttpMessageInvoker http, string? subprotocol = null)
    {
        var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (subprotocol is not null)
            client.Options.AddSubProtocol(subprotocol);
        await client.ConnectAsync(new Uri(node.WebSocket, path), http, Cancellation);
        return client;
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var result = await socket.ReceiveAsync(buffer.AsMemory(), Cancellation);
        Assert.True(result.EndOfMessage);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }
}
