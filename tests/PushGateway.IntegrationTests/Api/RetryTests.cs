using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.Brokers.Memory;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A publisher that tries again with its key after a failure publishes once.</summary>
public sealed class RetryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_503_the_next_attempt_publishes_unless_the_first_did(bool answerWasLost)
    {
        const string body = """{"channel":"kept:cut","data":1}""";
        await using var node = Start(answerWasLost);
        await (await node.Http.PostNotificationAsync(body, "key")).ReadProblemAsync(HttpStatusCode.ServiceUnavailable, "broker-unavailable");

        var again = await node.Http.PostNotificationAsync(body, "key");

        Assert.Equal(answerWasLost, again.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(1, (await again.ReadAsync()).GetProperty("results")[0].GetProperty("offset").GetInt32());
        Assert.Equal(1, (await node.Http.FetchHistoryAsync("kept:cut")).GetProperty("offset").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_several_channels_only_those_that_failed_are_published_to_again(bool answerWasLost)
    {
        string[] channels = ["kept:a", "kept:cut", "kept:b"];
        var body = $$"""{"channels":["{{string.Join("\",\"", channels)}}"],"data":1}""";
        await using var node = Start(answerWasLost);
        var first = (await (await node.Http.PostNotificationAsync(body, "key")).ReadAsync()).GetProperty("results");
        Assert.Equal(503, first[1].GetProperty("error").GetProperty("status").GetInt32());

        var second = await node.Http.PostNotificationAsync(body, "key");

        var results = (await second.ReadAsync()).GetProperty("results");
        Assert.Equal(answerWasLost, second.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal((first[0].GetRawText(), first[2].GetRawText()), (results[0].GetRawText(), results[2].GetRawText()));
        foreach (var (i, channel) in channels.Index())
        {
            Assert.Equal(1, results[i].GetProperty("offset").GetInt32());
            Assert.Equal(1, (await node.Http.FetchHistoryAsync(channel)).GetProperty("offset").GetInt32());
        }
    }

    private static GatewayNode Start(bool losesAnswers) => GatewayNode.StartWith(
        services => services
            .AddSingleton<MemoryBroker>()
            .AddSingleton<IBroker>(provider => new FlakyBroker(provider.GetRequiredService<MemoryBroker>(), "kept:cut") { LosesAnswers = losesAnswers }),
        ("PushGateway:Namespaces:kept:HistorySize", "10"));
}
