using System.Net;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>What a node says of itself while its Redis comes and goes.</summary>
public sealed class RedisHealthTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_node_started_without_its_Redis_lives_and_becomes_ready_when_it_comes()
    {
        using var limit = Limit();
        await using var redis = await RedisServer.StartPrivateAsync(limit.Token);
        await redis.StopAsync(limit.Token);
        await using var node = GatewayNode.Start(("PushGateway:Redis:Connection", redis.ConnectionString));
        await AssertUnreadyAsync(node);
        await AssertAliveAsync(node);

        await redis.StartAsync(limit.Token);
        await ReadyAsync(node);
        await using var client = await Subscriber.ConnectAsync(node.WebSocket, "news:1");
        await (await node.Http.PostNotificationAsync("""{"channel":"news:1","data":1}""")).ReadAsync();
        Assert.Equal("1", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task A_node_is_not_ready_while_its_Redis_is_stopped()
    {
        using var limit = Limit();
        await using var redis = await RedisServer.StartPrivateAsync(limit.Token);
        await using var node = GatewayNode.Start(("PushGateway:Redis:Connection", redis.ConnectionString));
        await ReadyAsync(node);
        await redis.StopAsync(limit.Token);
        await AssertUnreadyAsync(node);
        await AssertAliveAsync(node);
        await redis.StartAsync(limit.Token);
        await ReadyAsync(node);
    }

    [Fact]
    public async Task A_node_is_not_ready_while_its_Redis_is_silent()
    {
        using var limit = Limit();
        await using var redis = await RedisServer.StartPrivateAsync(limit.Token);
        await using var node = GatewayNode.Start(("PushGateway:Redis:Connection", redis.ConnectionString));
        await ReadyAsync(node);
        await redis.PauseAsync(limit.Token);
        await AssertUnreadyAsync(node);
        await AssertAliveAsync(node);
        await redis.ResumeAsync(limit.Token);
        await ReadyAsync(node);
    }

    private static CancellationTokenSource Limit()
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        return limit;
    }

    private static Task ReadyAsync(GatewayNode node) => Eventually.EqualAsync(HttpStatusCode.OK, async () => (await node.Http.FetchAsync("/health/ready")).StatusCode);

    private static async Task AssertUnreadyAsync(GatewayNode node)
    {
        await Eventually.EqualAsync(HttpStatusCode.ServiceUnavailable, async () => (await node.Http.FetchAsync("/health/ready")).StatusCode);
        var answer = await (await node.Http.FetchAsync("/health/ready")).ReadAsync(HttpStatusCode.ServiceUnavailable);
        var reason = Assert.Single(answer.GetProperty("reasons").EnumerateObject());
        Assert.Equal("broker", reason.Name);
        Assert.Contains("Redis", reason.Value.GetString(), StringComparison.Ordinal);
    }

    private static Task AssertAliveAsync(GatewayNode node) => HealthTests.AssertAsync(node.Http, "/health/live", HttpStatusCode.OK, """{"status":"live"}""");
}
