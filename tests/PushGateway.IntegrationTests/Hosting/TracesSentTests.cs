using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>The server as it is shipped, and a collector of traces.</summary>
public sealed class TracesSentTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<byte[]> _received = new();
    private WebApplication _collector = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _collector = builder.Build();
        _collector.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _received.Enqueue(body.ToArray());
        });
        await _collector.StartAsync(Cancellation);
    }

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Fact]
    public async Task Spans_of_sampled_traces_are_sent_also_where_diagnostics_of_the_runtime_are_off()
    {
        await using var node = await NodeProcess.StartAsync(
            "",
            Cancellation,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{_collector.Urls.First()}/v1/traces"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
            ("DOTNET_EnableDiagnostics", "0"));
        await using var client = await RawClient.ConnectAsync(new Uri(node.WebSocket), "news");

        await ProbeAsync(node);
        await PostAsync(node, RecordedSpans.NewTraceParent(out var unrecorded, isRecorded: false));
        await PostAsync(node, RecordedSpans.NewTraceParent(out var recorded));

        await client.ReadAsync();
        await client.ReadAsync();
        await Patience.UntilAsync(() => Has(Encoding.ASCII.GetBytes("publish")) && Has(Encoding.ASCII.GetBytes("deliver")) && Has(Encoding.ASCII.GetBytes("POST /v1/notifications")));
        Assert.True(Has(Convert.FromHexString(recorded)));
        Assert.False(Has(Convert.FromHexString(unrecorded)));
        Assert.False(Has(Encoding.ASCII.GetBytes("/health")));
    }

    // Probes are sampled as well, when whoever probes says so.
    private static async Task ProbeAsync(NodeProcess node)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { { "traceparent", RecordedSpans.NewTraceParent(out _) } } };
        using var answer = await node.Http.SendAsync(request, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task PostAsync(NodeProcess node, string parent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/notifications")
        {
            Content = new StringContent("""{"channel":"news","data":1}""", Encoding.UTF8, "application/json"),
            Headers = { { "traceparent", parent } },
        };
        using var answer = await node.Http.SendAsync(request, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private bool Has(byte[] text) => _received.Any(body => body.AsSpan().IndexOf(text) >= 0);
}
