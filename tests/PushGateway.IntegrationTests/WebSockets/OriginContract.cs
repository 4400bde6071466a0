using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Pages that open a WebSocket, from the gateway's own origin and from others.</summary>
public abstract class OriginContract((string Key, string Value) way)
{
    private const string Key = "a-key-of-16-characters-or-more", OriginHeader = "Origin";

    [Theory]
    [InlineData(null, true)]
    [InlineData("https://app.example", true)]
    [InlineData("https://APP.example:443", true)]
    [InlineData("https://a.b.wild.example", true)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("nonsense", false)]
    [InlineData("https://wild.example", false)]
    [InlineData("https://evilwild.example", false)]
    [InlineData("https://app.example.evil.example", false)]
    [InlineData("http://app.example", false)]
    [InlineData("https://app.example, https://app.example", false)]
    [InlineData("https://app.example\r\nOrigin: https://app.example", false)]
    public async Task Only_pages_of_listed_origins_may_connect(string? origin, bool may)
    {
        await using var node = Start("Production", ("PushGateway:Security:AllowedOrigins:0", "https://app.example"), ("PushGateway:Security:AllowedOrigins:1", "https://*.wild.example"));
        foreach (var path in new[] { "/connection/websocket", "/echo" })
            await ExpectAsync(node, path, may, (OriginHeader, origin));
    }

    [Fact]
    public async Task Without_a_list_only_pages_of_the_gateways_own_host_may()
    {
        await using var node = Start("Production");
        foreach (var path in new[] { "/connection/websocket", "/echo" })
        {
            await ExpectAsync(node, path, true, (OriginHeader, $"http://{node.Address.Authority}"));
            await ExpectAsync(node, path, true, (OriginHeader, "https://gateway.example"), ("Host", "gateway.example"));
            await ExpectAsync(node, path, false, (OriginHeader, "https://evil.example"), ("Host", "gateway.example"));
            await ExpectAsync(node, path, false, (OriginHeader, "http://localhost:3000"));
        }
    }

    [Fact]
    public async Task In_Development_pages_of_this_machine_may_unless_they_come_by_a_strange_name()
    {
        await using var node = Start("Development");
        foreach (var path in new[] { "/connection/websocket", "/echo" })
        {
            await ExpectAsync(node, path, true, (OriginHeader, "http://localhost:3000"));
            await ExpectAsync(node, path, true, (OriginHeader, "http://[::1]:3000"));
            await ExpectAsync(node, path, false, (OriginHeader, "http://localhost:3000"), ("Host", $"evil.example:{node.Address.Port}"));
            await ExpectAsync(node, path, false, (OriginHeader, "http://evil.example"));
        }
    }

    private GatewayNode Start(string environment, params (string, string)[] settings) => GatewayNode.StartIn(
        environment, [way, ("PushGateway:Security:ApiKeys:0", Key), ("PushGateway:Security:AllowAnonymous", "true"), ("PushGateway:Echo:Enabled", "true"), .. settings]);

    private async Task ExpectAsync(GatewayNode node, string path, bool may, params (string, string?)[] headers)
    {
        await using var socket = await RawWebSocket.DialAsync(new Uri(node.WebSocket, path));
        await socket.SendAsciiAsync(socket.HandshakeRequest("GET", headers));
        var response = await socket.ReadHeadAsync();
        Assert.Equal(may ? 101 : 403, response.Status);
        if (may)
        {
            if (path != "/echo")
                await Eventually.EqualAsync(way == ClientWay.Bare ? 1 : 0, () => NodeInside.CountBare(node.Services));
            await socket.LeaveAsync();
            await Eventually.EqualAsync(0, () => NodeInside.CountBare(node.Services));
            return;
        }

        Assert.Equal("application/problem+json", response["Content-Type"]);
        var problem = JsonElement.Parse(await socket.ReadBodyAsync(response));
        Assert.Equal("urn:pushgateway:problem:origin-not-allowed", problem.GetProperty("type").GetString());
        Assert.Contains("PushGateway:Security:AllowedOrigins", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
