using System.Net;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>What publishers and subscribers of a whole node see while its Redis is away.</summary>
public sealed class RedisOutageOfANodeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Publishers_are_told_to_come_back_and_subscribers_notice_nothing()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var redis = await RedisServer.StartPrivateAsync(limit.Token, "--save", "");
        await using var node = GatewayNode.Start(("PushGateway:Redis:Connection", redis.ConnectionString));
        await using var client = await Subscriber.ConnectAsync(node.WebSocket, "news:world");
        await (await node.Http.PostNotificationAsync("""{"channel":"news:world","data":"before"}""")).ReadAsync();
        Assert.Equal("\"before\"", (await client.NextAsync()).Data);

        await redis.StopAsync(limit.Token);
        using var refused = await node.Http.PostNotificationAsync("""{"channel":"news:world","data":"lost"}""");
        Assert.Equal("2", Assert.Single(refused.Headers.GetValues("Retry-After")));
        await refused.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "broker-unavailable");
        await client.CommandAsync("ping", new { });

        await redis.StartAsync(limit.Token);
        while (await CountAsync(redis) == 0)
            await Task.Delay(50, limit.Token);
        while ((await node.Http.PostNotificationAsync("""{"channel":"news:world","data":"after"}""")).StatusCode != HttpStatusCode.OK)
            await Task.Delay(50, limit.Token);
        Assert.Equal("\"after\"", (await client.NextAsync()).Data);
    }

    /// <summary>How many nodes Redis has subscribed to the channel.</summary>
    private static async Task<long> CountAsync(RedisServer redis)
    {
        await using var control = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        return await control.GetServers()[0].SubscriptionSubscriberCountAsync(StackExchange.Redis.RedisChannel.Literal("pg:c:{news:world}"));
    }
}
