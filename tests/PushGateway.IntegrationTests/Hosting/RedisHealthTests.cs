using System.Net;
using System.Text.Json;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

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

    [Fact]
    public async Task A_node_that_cannot_renew_its_lease_says_that_presence_is_not_ready()
    {
        using var limit = Limit();
        await using var redis = await RedisServer.StartPrivateAsync(limit.Token);
        await using var node = GatewayNode.Start(
            ("PushGateway:Redis:Connection", redis.ConnectionString), ("PushGateway:Redis:HeartbeatInterval", "00:00:00.2"), ("PushGateway:Redis:LeaseDuration", "00:00:02"));
        await ReadyAsync(node);

        // It takes no writes, and still delivers.
        await using var operators = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + ",allowAdmin=true");
        await operators.GetDatabase().ExecuteAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        await Eventually.EqualAsync("presence", () => ReasonsAsync(node));
        await AssertAliveAsync(node);
        await operators.GetDatabase().ExecuteAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await ReadyAsync(node);
    }

    private static async Task<string> ReasonsAsync(GatewayNode node)
    {
        var answer = JsonElement.Parse(await (await node.Http.FetchAsync("/health/ready")).Content.ReadAsStringAsync());
        return answer.TryGetProperty("reasons", out var reasons) ? string.Join(' ', reasons.EnumerateObject().Select(reason => reason.Name)) : "";
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
        // Others follow, when they have had no Redis for long enough.
        Assert.Contains("Redis", answer.GetProperty("reasons").GetProperty("broker").GetString(), StringComparison.Ordinal);
    }

    private static Task AssertAliveAsync(GatewayNode node) => HealthTests.AssertAsync(node.Http, "/health/live", HttpStatusCode.OK, """{"status":"live"}""");
}
