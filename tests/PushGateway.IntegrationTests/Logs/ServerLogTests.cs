using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using PushGateway.Diagnostics.Floods;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security;

namespace PushGateway.IntegrationTests.Logs;

/// <summary>What the server writes to standard output, as a process.</summary>
public sealed class ServerLogTests
{
    private const string Listening = "Now listening on: ", Key = "a-key-of-the-log-tests", Payload = "the-payload-of-the-log-tests", Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public ServerLogTests() => _patience.CancelAfter(Patience);

    [Fact]
    public async Task In_Production_each_line_is_JSON_and_a_flood_becomes_some_lines_and_exact_counts()
    {
        const int refusals = 3000, failures = 3000;
        await using var server = Start("Production", ("PushGateway__Security__ApiKeys__0", Key), ("PushGateway__Redis__Connection", $"127.0.0.1:{RedisHost.FindPort()},connectTimeout=200"));
        List<string> lines = [];
        using var http = new HttpClient { BaseAddress = await AddressAsync(server, lines) };

        await FloodAsync(refusals, () => Post(http, "a-wrong-key-0123456789"), HttpStatusCode.Unauthorized);
        await FloodAsync(failures, () => Post(http, Key), HttpStatusCode.ServiceUnavailable);
        await server.AskToEndAsync(_patience.Token);
        await foreach (var line in server.Lines.ReadAllAsync(_patience.Token))
            lines.Add(line);

        var events = lines.Select(line => JsonElement.Parse(line)).ToArray();
        Assert.All(events, told =>
        {
            Assert.Equal(TimeSpan.Zero, DateTimeOffset.ParseExact(told.GetProperty("Timestamp").GetString()!, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).Offset);
            Assert.All((string[])["EventId", "LogLevel", "Category", "Message", "State"], name => Assert.True(told.TryGetProperty(name, out _), name));
        });

        Assert.Equal(refusals, Of(Audit.Category, 2).Length + Of(Audit.Category, 5).Sum(CountIn));
        var failed = Of("PushGateway.Api.ApiGuard", 1);
        Assert.Equal(failures, failed.Length + Of(CollapsingLoggerFactory.Category, 1).Where(told => told.GetProperty("State").GetProperty("Category").GetString() == "PushGateway.Api.ApiGuard").Sum(CountIn));
        // Ten a second and a count, and no machine takes a minute for either.
        Assert.InRange(failed.Length, 1, 600);
        Assert.InRange(Of(Audit.Category, 2).Length, 1, 600);

        Assert.Contains(Trace, failed[0].GetProperty("Scopes").GetRawText(), StringComparison.Ordinal);
        Assert.Contains("RequestId", failed[0].GetProperty("Scopes").GetRawText(), StringComparison.Ordinal);
        Assert.All((string[])[Key, "a-wrong-key", Payload], secret => Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.Ordinal)));
        Assert.Empty(server.Errors);

        JsonElement[] Of(string category, int id) => [.. events.Where(told => told.GetProperty("Category").GetString() == category && told.GetProperty("EventId").GetInt32() == id)];
        static long CountIn(JsonElement told) => told.GetProperty("State").GetProperty("Count").GetInt64();
    }

    [Theory]
    [InlineData("Development", null)]
    [InlineData("Production", "simple")]
    public async Task In_Development_and_where_it_is_set_lines_are_text(string environment, string? formatter)
    {
        await using var server = Start(environment, ("PushGateway__Security__ApiKeys__0", Key), ("Logging__Console__FormatterName", formatter ?? ""));
        List<string> lines = [];
        await AddressAsync(server, lines);
        Assert.Contains(lines, line => line.StartsWith("info: ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith('{'));
    }

    private static ChildProcess Start(string environment, params (string, string)[] settings) => ChildProcess.Start(
        DotNetCommand.Host,
        ["exec", Path.Combine(AppContext.BaseDirectory, "PushGateway.Server.dll"), "--urls", "http://127.0.0.1:0"],
        [("ASPNETCORE_ENVIRONMENT", environment), ("PushGateway__Shutdown__PauseSeconds", "0"), .. settings.Where(setting => setting.Item2.Length > 0)],
        AppContext.BaseDirectory);

    private async Task<Uri> AddressAsync(ChildProcess server, List<string> lines)
    {
        while (true)
        {
            var line = await server.NextLineAsync(_patience.Token);
            lines.Add(line);
            if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
                return new Uri(line[(at + Listening.Length)..].Split('"')[0]);
        }
    }

    private async Task FloodAsync(int count, Func<HttpRequestMessage> request, HttpStatusCode expected)
    {
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { MaxConnectionsPerServer = 32 });
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = _patience.Token }, async (_, cancellationToken) =>
        {
            using var message = request();
            using var answer = await invoker.SendAsync(message, cancellationToken);
            Assert.Equal(expected, answer.StatusCode);
        });
    }

    private static HttpRequestMessage Post(HttpClient http, string key) => new(HttpMethod.Post, new Uri(http.BaseAddress!, "/v1/notifications"))
    {
        Content = new StringContent($$"""{"channel":"news","data":"{{Payload}}"}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        Headers = { { "X-API-Key", key }, { "traceparent", $"00-{Trace}-00f067aa0ba902b7-01" } },
    };
}
