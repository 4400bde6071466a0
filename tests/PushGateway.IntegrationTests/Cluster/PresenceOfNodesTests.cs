using System.Net;
using System.Text.Json;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>Presence asked of one node and kept by another, and asked while Redis is away.</summary>
public sealed class PresenceOfNodesTests(RedisServer redis)
{
    private static readonly string[] Questions = [ApiCalls.PresenceOf("room:a"), ApiCalls.PresenceOf("room:a", "/stats"), "/v1/users/42/presence"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Any_node_answers_for_all()
    {
        var prefix = $"t{Guid.NewGuid():N}";
        await using var one = Start(redis, prefix);
        await using var other = Start(redis, prefix);
        await using var first = await RawClient.ConnectAsync(one, "42", "room:a");
        await using var second = await RawClient.ConnectAsync(other, "42", "room:a");
        await using var third = await RawClient.ConnectAsync(other, "43", "room:a");

        foreach (var node in new[] { one, other })
        {
            Assert.Equal(new[] { first.Id, second.Id, third.Id }.Order(StringComparer.Ordinal), (await ReadAllAsync(node)).Order(StringComparer.Ordinal));
            Assert.Equal("""{"channel":"room:a","clients":3,"users":2}""", (await (await node.Http.FetchAsync(Questions[1])).ReadAsync()).GetRawText());
            Assert.Equal(2, (await (await node.Http.FetchAsync(Questions[2])).ReadAsync()).GetProperty("connections").GetInt32());
        }

        var answers = await Task.WhenAll(new[] { one, other }.Select(async node => (await (await node.Http.FetchAsync(Questions[2])).ReadAsync()).GetRawText()));
        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task While_Redis_is_away_questions_are_to_be_asked_again_and_then_the_answers_are_as_before()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var own = await RedisServer.StartPrivateAsync(limit.Token, "--save", "");
        await using var node = Start(own, "t");
        await using var client = await RawClient.ConnectAsync(node, "42", "room:a");

        await own.StopAsync(limit.Token);
        foreach (var question in Questions)
        {
            using var refused = await node.Http.FetchAsync(question);
            Assert.Equal("2", Assert.Single(refused.Headers.GetValues("Retry-After")));
            await refused.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "broker-unavailable");
        }

        await own.StartAsync(limit.Token);
        await Eventually.EqualAsync(true, () => IsThereAsync(node, client));
    }

    // Without histories: who has a position in one that is lost is told to connect anew, and then is another client.
    private static GatewayNode Start(RedisServer redis, string prefix) => GatewayNode.Start(
        ("PushGateway:Redis:Connection", redis.ConnectionString),
        ("PushGateway:Redis:Prefix", prefix),
        ("PushGateway:Namespaces:room:Presence", "true"),
        ("PushGateway:UserChannels:HistorySize", "0"));

    // The Redis that came back has nothing: the node has written its members anew.
    private static async Task<bool> IsThereAsync(GatewayNode node, RawClient client)
    {
        using var page = await node.Http.FetchAsync(Questions[0]);
        using var user = await node.Http.FetchAsync(Questions[2]);
        return page.IsSuccessStatusCode && user.IsSuccessStatusCode
            && (await page.ReadAsync()).GetProperty("members").EnumerateArray().Any(member => member.GetProperty("client").GetString() == client.Id)
            && (await user.ReadAsync()).GetProperty("online").GetBoolean();
    }

    private static async Task<List<string>> ReadAllAsync(GatewayNode node)
    {
        List<string> read = [];
        JsonElement next = default;
        do
        {
            var page = await (await node.Http.FetchAsync(ApiCalls.PresenceOf("room:a", $"?limit=1{(next.ValueKind == JsonValueKind.String ? $"&after={next}" : "")}"))).ReadAsync();
            read.Add(Assert.Single(page.GetProperty("members").EnumerateArray()).GetProperty("client").GetString()!);
            page.TryGetProperty("next", out next);
        }
        while (next.ValueKind == JsonValueKind.String);

        return read;
    }
}
