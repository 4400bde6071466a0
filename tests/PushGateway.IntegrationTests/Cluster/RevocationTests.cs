using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>Revocations on several nodes.</summary>
public sealed class RevocationTests(RedisServer redis)
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task A_revocation_closes_the_connections_on_every_node_whichever_is_asked()
    {
        await using var one = StartNode();
        await using var two = StartNode();
        await using var here = await RawClient.ConnectAsync(one, "42");
        await using var there = await RawClient.ConnectAsync(two, "42");
        await using var other = await RawClient.ConnectAsync(two, "43");

        var answer = await (await one.Http.PostJsonAsync("/v1/tokens/revocations", """{"user":"42"}""")).ReadAsync();

        Assert.Equal(2, answer.GetProperty("connections").GetInt32());
        Assert.False(answer.TryGetProperty("silentNodes", out _));
        await here.ExpectCloseAsync(3500);
        await there.ExpectCloseAsync(3500);
        await other.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }

    private GatewayNode StartNode() => GatewayNode.Start(
        ("PushGateway:Redis:Connection", redis.ConnectionString),
        ("PushGateway:Redis:Prefix", _prefix),
        ("PushGateway:Redis:CommandTimeout", "00:00:20"),
        ("PushGateway:Redis:ReplyTimeout", "00:00:20"));
}
