using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A key may be limited to so many notifications a second.</summary>
public sealed class PublishLimitTests
{
    private const string Good = """{"channel":"news:limited","data":1}""";

    private readonly StoppedTime _time = new();

    [Fact]
    public async Task What_is_beyond_the_limit_is_answered_with_429_until_the_second_is_over()
    {
        var key = TestKey.New("shop", "publish read");
        await using var node = Start(("PushGateway:Security:PublishesPerSecond", "2"), key);
        using var http = key.ClientOf(node);
        foreach (var left in new[] { 1, 0 })
        {
            var answer = await http.PostNotificationAsync(Good);
            await answer.ReadAsync();
            Assert.Equal(("\"publishes\";q=2;w=1", $"\"publishes\";r={left};t=1"), HeadersOf(answer));
            Assert.Null(answer.Headers.RetryAfter);
        }

        var refused = await http.PostNotificationAsync(Good);
        var problem = await refused.ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
        Assert.Equal("The key may publish 2 a second on each node. Nothing was published; try again in a second.", problem.GetProperty("detail").GetString());
        Assert.Equal(("\"publishes\";q=2;w=1", "\"publishes\";r=0;t=1"), HeadersOf(refused));
        Assert.Equal("1", refused.Headers.RetryAfter?.ToString());

        // What publishes nothing is not counted.
        await (await http.FetchAsync("/v1/nodes")).ReadAsync();

        _time.Advance(TimeSpan.FromSeconds(1));
        await (await http.PostNotificationAsync(Good)).ReadAsync();
    }

    [Fact]
    public async Task Each_key_has_a_limit_of_its_own()
    {
        TestKey slow = TestKey.New("slow", "publish", publishesPerSecond: 1), free = TestKey.New("free", "publish", publishesPerSecond: 0), usual = TestKey.New("usual", "publish");
        await using var node = Start(("PushGateway:Security:PublishesPerSecond", "3"), slow, free, usual);
        foreach (var (key, allowed) in new[] { (slow, 1), (usual, 3), (free, 20) })
        {
            using var http = key.ClientOf(node);
            var answers = new List<HttpStatusCode>();
            for (var i = 0; i < 20; i++)
                answers.Add((await http.PostNotificationAsync(Good)).StatusCode);
            Assert.Equal(allowed, answers.Count(status => status == HttpStatusCode.OK));
            Assert.Equal(20 - allowed, answers.Count(status => status == HttpStatusCode.TooManyRequests));
        }
    }

    [Fact]
    public async Task Each_line_of_a_batch_counts_and_those_beyond_the_limit_are_answered_one_by_one()
    {
        var key = TestKey.New("shop", "publish", publishesPerSecond: 3);
        await using var node = Start(("PushGateway:Security:PublishesPerSecond", "0"), key);
        using var http = key.ClientOf(node);
        var answer = await http.PostBatchAsync(string.Concat(Enumerable.Repeat(Good + "\n", 5)));
        Assert.Equal(("\"publishes\";q=3;w=1", "\"publishes\";r=3;t=1"), HeadersOf(answer));
        var lines = await answer.ReadLinesAsync();
        Assert.Equal([true, true, true, false, false], lines.Select(line => line.TryGetProperty("results", out _)));
        Assert.Equal(429, lines[3].GetProperty("error").GetProperty("status").GetInt32());
        await (await http.PostNotificationAsync(Good)).ReadProblemAsync(HttpStatusCode.TooManyRequests, "too-many-requests");
    }

    [Fact]
    public async Task Without_a_limit_no_header_speaks_of_one()
    {
        var key = TestKey.New("shop", "publish");
        await using var node = Start(("PushGateway:Security:PublishesPerSecond", "0"), key);
        using var http = key.ClientOf(node);
        var answer = await http.PostNotificationAsync(Good);
        await answer.ReadAsync();
        Assert.False(answer.Headers.NonValidated.Contains("RateLimit") || answer.Headers.NonValidated.Contains("RateLimit-Policy"));
    }

    // The keys alone have the time that stands still: a node whose whole time does would serve nobody.
    private GatewayNode Start((string, string) setting, params TestKey[] keys) => GatewayNode.StartWith(
        services => services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ApiKeys>(provider, (TimeProvider)_time)),
        [setting, .. keys.SelectMany(key => key.Settings)]);

    private static (string Policy, string State) HeadersOf(HttpResponseMessage answer) =>
        (answer.Headers.NonValidated["RateLimit-Policy"].ToString(), answer.Headers.NonValidated["RateLimit"].ToString());

    private sealed class StoppedTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
    }
}
