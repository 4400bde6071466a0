using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>A node in a process of its own that is told to stop. An hour stands for as long as the test needs; a second signal ends it.</summary>
public sealed class LeavingTests(RedisServer redis) : IDisposable
{
    private const string Pause = "PushGateway:Shutdown:PauseSeconds", Drain = "PushGateway:Shutdown:DrainSeconds", Hour = "3600";

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public void Dispose() => _limit.Dispose();

    [Fact]
    public async Task In_the_pause_it_is_not_ready_and_serves_whoever_comes()
    {
        await using var node = await StartAsync("", (Pause, Hour), (Drain, Hour));
        await using var before = await RawClient.ConnectAsync(new Uri(node.WebSocket), "news");
        await HealthTests.AssertAsync(node.Http, "/health/ready", HttpStatusCode.OK, """{"status":"ready"}""");

        await node.AskToEndAsync(_limit.Token);
        await Eventually.EqualAsync(HttpStatusCode.ServiceUnavailable, async () => (await node.Http.FetchAsync("/health/ready")).StatusCode);
        await HealthTests.AssertAsync(node.Http, "/health/ready", HttpStatusCode.ServiceUnavailable, """{"status":"unready","reasons":{"node":"The node is leaving."}}""");
        await HealthTests.AssertAsync(node.Http, "/health/live", HttpStatusCode.OK, """{"status":"live"}""");
        await using var after = await RawClient.ConnectAsync(new Uri(node.WebSocket), "news");
        await PublishAsync(node, "news", 1);
        foreach (var client in new[] { before, after })
            Assert.Equal("""{"push":{"channel":"news","pub":{"data":1}}}""", await client.ReadAsync());

        await node.AskToEndAsync(_limit.Token);
        foreach (var client in new[] { before, after })
            await client.ExpectCloseAsync(3001);
        Assert.Equal(0, await node.ExitAsync(_limit.Token));
    }

    [Fact]
    public async Task In_the_drain_it_turns_clients_away_and_serves_those_whose_turn_has_not_come()
    {
        await using var node = await StartAsync("", (Pause, "0"), (Drain, Hour), ("PushGateway:Echo:Enabled", "true"));
        List<RawClient> clients = [];
        for (var i = 0; i < 3; i++)
            clients.Add(await RawClient.ConnectAsync(new Uri(node.WebSocket), "news"));
        await node.AskToEndAsync(_limit.Token);

        foreach (var path in new[] { "/connection/websocket", "/echo" })
            await Eventually.EqualAsync(503, async () => (await ShakeHandsAsync(node, path)).Response.Status);
        var (response, problem) = await ShakeHandsAsync(node, "/connection/websocket");
        Assert.Equal("urn:pushgateway:problem:node-leaving", problem.GetProperty("type").GetString());
        Assert.Equal(("application/problem+json", "1", "close"), (response["Content-Type"], response["Retry-After"], response["Connection"]));

        // The first is closed at once; the others, twenty minutes apart, are not.
        var reads = clients.ConvertAll(client => client.Socket.ReadFrameAsync());
        var first = reads.IndexOf(await Task.WhenAny(reads));
        Assert.Equal((RawFrame.Close, 3001), ((await reads[first]).Opcode, (await reads[first]).CloseCode));
        clients.RemoveAt(first);
        reads.RemoveAt(first);
        await PublishAsync(node, "news", 1);
        foreach (var read in reads)
            Assert.Equal("""{"push":{"channel":"news","pub":{"data":1}}}""", (await read).Body);

        await node.AskToEndAsync(_limit.Token);
        foreach (var client in clients)
            await client.ExpectCloseAsync(3001);
        Assert.Equal(0, await node.ExitAsync(_limit.Token));
    }

    [Fact]
    public async Task It_closes_its_connections_over_the_drain_and_then_ends()
    {
        await using var node = await StartAsync("", (Pause, "0"), (Drain, "6"));
        List<RawClient> clients = [];
        for (var i = 0; i < 16; i++)
            clients.Add(await RawClient.ConnectAsync(new Uri(node.WebSocket)));
        await node.AskToEndAsync(_limit.Token);

        var start = TimeProvider.System.GetTimestamp();
        var closedAt = await Task.WhenAll(clients.Select(async client =>
        {
            await client.ExpectCloseAsync(3001);
            return TimeProvider.System.GetElapsedTime(start);
        }));
        Assert.Equal(0, await node.ExitAsync(_limit.Token));
        // The last is due 5.6 s behind the first. A busy machine may see them late, but not all of them together.
        Assert.True(closedAt.Max() - closedAt.Min() > TimeSpan.FromSeconds(1), string.Join(' ', closedAt.Order()));
    }

    [Fact]
    public async Task The_official_client_goes_on_at_the_other_node()
    {
        var channel = $"news-{Guid.NewGuid():N}";
        await using var one = await StartAsync(redis.ConnectionString, (Pause, "1"), (Drain, "1"));
        await using var two = await StartAsync(redis.ConnectionString);
        await using var client = OfficialClient.Start([one.WebSocket, two.WebSocket], [channel]);
        await client.SubscribedAsync(1, _limit.Token);

        await one.AskToEndAsync(_limit.Token);
        var left = await client.NextAsync("connecting", _limit.Token);
        // The SDK says the code of the close frame.
        Assert.Equal((3001, "shutdown"), (left.GetProperty("code").GetInt32(), left.GetProperty("reason").GetString()));
        await client.SubscribedAsync(1, _limit.Token);
        await PublishAsync(two, channel, "after");
        Assert.Equal("after", (await client.NextAsync("publication", _limit.Token)).GetProperty("data").GetString());
        Assert.Equal(0, await one.ExitAsync(_limit.Token));
    }

    [Fact]
    public async Task An_echo_is_told_that_the_node_goes_away()
    {
        await using var node = await StartAsync("", (Pause, "0"), (Drain, "0"), ("PushGateway:Echo:Enabled", "true"));
        await using var echo = await RawWebSocket.OpenAsync(new Uri(new Uri(node.WebSocket), "/echo"));
        await echo.SendTextAsync("there?");
        Assert.Equal("there?", await echo.ReadMessageAsync());
        await node.AskToEndAsync(_limit.Token);
        await echo.ExpectCloseFrameAsync(1001);
        Assert.Equal(0, await node.ExitAsync(_limit.Token));
    }

    private async Task<NodeProcess> StartAsync(string connection, params (string, string)[] settings)
    {
        _limit.CancelAfter(TimeSpan.FromMinutes(2));
        return await NodeProcess.StartAsync(connection, _limit.Token, [.. settings, ("PushGateway:Connections:PingInterval", "01:00:00")]);
    }

    private async Task PublishAsync<T>(NodeProcess node, string channel, T data)
    {
        using var answer = await node.Http.PostAsJsonAsync("/v1/notifications", new { channel, data }, _limit.Token);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<(RawResponse Response, JsonElement Problem)> ShakeHandsAsync(NodeProcess node, string path)
    {
        await using var socket = await RawWebSocket.DialAsync(new Uri(new Uri(node.WebSocket), path));
        await socket.SendAsciiAsync(socket.HandshakeRequest());
        var response = await socket.ReadHeadAsync();
        return (response, response.Status == 101 ? default : JsonElement.Parse(await socket.ReadBodyAsync(response)));
    }
}
