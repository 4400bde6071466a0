using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Api;

/// <summary>What the API answers when the broker cannot be reached.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private readonly BrokenBroker _broker = new("news:reachable", "kept");
    private readonly GatewayNode _node;

    public OutageTests() => _node = GatewayNode.StartWith(
        services => services.AddSingleton<IBroker>(_broker).AddSingleton<ICluster>(_broker).AddSingleton<IPresence>(new BrokenPresence()), ("PushGateway:Api:RetryAfter", "00:00:02.5"));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("""{"channel":"news:cut","data":1}""")]
    [InlineData("""{"user":"42","data":1}""")]
    [InlineData("""{"channels":["news:cut","news:off"],"data":1}""")]
    [InlineData("""{"users":["42","43"],"data":1}""")]
    public async Task A_notification_that_got_nowhere_is_to_be_sent_again_later(string body) =>
        await AssertUnavailableAsync(await _node.Http.PostNotificationAsync(body));

    [Theory]
    [InlineData("/v1/nodes")]
    [InlineData("/v1/channels")]
    public async Task A_question_to_the_cluster_is_to_be_asked_again_later(string path) => await AssertUnavailableAsync(await _node.Http.FetchAsync(path));

    [Fact]
    public async Task A_history_is_to_be_asked_for_again_later()
    {
        await AssertUnavailableAsync(await _node.Http.FetchAsync("/v1/channels/%23cut/history"));
        await AssertUnavailableAsync(await _node.Http.RemoveAsync("/v1/channels/%23cut/history"));
    }

    [Theory]
    [InlineData("/v1/channels/%2342/presence")]
    [InlineData("/v1/channels/%2342/presence/stats")]
    [InlineData("/v1/users/42/presence")]
    public async Task Who_is_there_is_to_be_asked_again_later(string path)
    {
        await AssertUnavailableAsync(await _node.Http.FetchAsync(path));
        await AssertUnavailableAsync(await _node.Http.PostJsonAsync("/v1/presence/query", """{"users":["42"]}"""));
    }

    [Fact]
    public async Task When_some_channels_cannot_be_reached_each_result_says_so()
    {
        var answer = await (await _node.Http.PostNotificationAsync("""{"channels":["news:cut","news:reachable","kept","news:cut"],"data":1}""")).ReadAsync();

        var results = answer.GetProperty("results").EnumerateArray().ToArray();
        Assert.Equal(["news:cut", "news:reachable", "kept", "news:cut"], results.Select(result => result.GetProperty("channel").GetString()));
        foreach (var failed in new[] { results[0], results[3] })
        {
            Assert.Equal(["channel", "error"], failed.EnumerateObject().Select(field => field.Name));
            Assert.Equal("urn:pushgateway:problem:broker-unavailable", failed.GetProperty("error").GetProperty("type").GetString());
            Assert.Equal(503, failed.GetProperty("error").GetProperty("status").GetInt32());
        }

        Assert.Equal("""{"channel":"news:reachable"}""", results[1].GetRawText());
        Assert.Equal("""{"channel":"kept","offset":7,"epoch":"epoch-1"}""", results[2].GetRawText());
        Assert.Equal(3, _broker.Published.Count);
    }

    [Fact]
    public async Task What_is_wrong_with_a_notification_is_said_all_the_same()
    {
        await (await _node.Http.PostNotificationAsync("""{"channel":"bad name","data":1}""")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Empty(_broker.Published);
    }

    [Fact]
    public async Task Clients_stay_connected_and_are_told_that_it_may_pass()
    {
        await using var client = await Subscriber.ConnectAsync(_node.WebSocket);
        var reply = await client.SendAsync("subscribe", new { channel = "news:cut" });
        Assert.Equal(100, reply.GetProperty("error").GetProperty("code").GetInt32());
        Assert.True(reply.GetProperty("error").GetProperty("temporary").GetBoolean());
        await client.CommandAsync("subscribe", new { channel = "news:reachable" });
    }

    private static async Task AssertUnavailableAsync(HttpResponseMessage answer)
    {
        await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "broker-unavailable");
        Assert.Equal("3", answer.Headers.GetValues("Retry-After").Single());
    }
}
