using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>A herd of clients that comes at once.</summary>
public abstract class HandshakeLimitContract((string Key, string Value) way)
{
    [Fact]
    public async Task Handshakes_over_the_limit_are_put_off_and_served_later()
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:HandshakesPerSecond", "1"), ("PushGateway:Connections:HandshakeBurst", "2"));
        // The limit is one for both addresses.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ShakeHandsAsync(node, i % 2 == 0 ? "/connection/websocket" : "/echo")));
        Assert.InRange(answers.Count(answer => answer.Response.Status == 101), 2, 19);
        foreach (var (response, problem) in answers.Where(answer => answer.Response.Status != 101))
        {
            Assert.Equal((503, "1", "application/problem+json"), (response.Status, response["Retry-After"], response["Content-Type"]));
            Assert.Equal("urn:pushgateway:problem:too-many-handshakes", problem.GetProperty("type").GetString());
        }

        Assert.Equal(200, (int)(await node.Http.GetAsync(new Uri("/v1/nodes", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
        await Eventually.EqualAsync(101, async () => (await ShakeHandsAsync(node, "/connection/websocket")).Response.Status);
    }

    [Fact]
    public async Task Without_a_limit_all_are_served()
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:HandshakesPerSecond", "0"), ("PushGateway:Connections:HandshakeBurst", "1"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ShakeHandsAsync(node, "/connection/websocket")));
        Assert.All(answers, answer => Assert.Equal(101, answer.Response.Status));
    }

    private static async Task<(RawResponse Response, JsonElement Problem)> ShakeHandsAsync(GatewayNode node, string path)
    {
        await using var socket = await RawWebSocket.DialAsync(new Uri(node.WebSocket, path));
        await socket.SendAsciiAsync(socket.HandshakeRequest());
        var response = await socket.ReadHeadAsync();
        return (response, response.Status == 101 ? default : JsonElement.Parse(await socket.ReadBodyAsync(response)));
    }
}
