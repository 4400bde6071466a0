using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Fanout;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Redis;
using PushGateway.Notifications;
using PushGateway.Redis.Brokers;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>One trace from whoever publishes to the sockets of every node.</summary>
public sealed class TracingTests(RedisServer redis)
{
    private const int Subscribers = 50;

    private readonly string _prefix = $"t{Guid.NewGuid():N}";
    private readonly string _channel = $"news:{Guid.NewGuid():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_publication_is_one_span_where_it_is_published_and_one_on_each_node_whatever_the_subscribers()
    {
        using var spans = new RecordedSpans();
        await using var one = StartNode();
        await using var two = StartNode();
        var clients = await Task.WhenAll(Enumerable.Range(0, 2 * Subscribers).Select(i => RawClient.ConnectAsync(i % 2 == 0 ? one : two, null, _channel)));

        await PostAsync(one, RecordedSpans.NewTraceParent(out var trace), "1");

        foreach (var client in clients)
            Assert.Contains("\"data\":1", await client.ReadAsync(), StringComparison.Ordinal);
        await Patience.UntilAsync(() => spans.OfTrace(trace).Length == 3);
        var publish = Assert.Single(spans.Of("publish", _channel));
        Assert.Equal((ActivityKind.Producer, "pushgateway", "publish", "send"), (publish.Kind, publish.GetTagItem("messaging.system"), publish.GetTagItem("messaging.operation.name"), publish.GetTagItem("messaging.operation.type")));
        var deliver = spans.Of("deliver", _channel);
        Assert.All(deliver, span =>
        {
            Assert.Equal((publish.TraceId, publish.SpanId, ActivityKind.Consumer), (span.TraceId, span.ParentSpanId, span.Kind));
            Assert.Equal(("pushgateway", "deliver", "process", Subscribers), (span.GetTagItem("messaging.system"), span.GetTagItem("messaging.operation.name"), span.GetTagItem("messaging.operation.type"), span.GetTagItem("pushgateway.subscribers")));
        });
        Assert.Equal(
            new[] { one, two }.Select(node => node.Services.GetRequiredService<Hub>().Node).Order(), deliver.Select(span => (string)span.GetTagItem("pushgateway.node")!).Order());
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Fact]
    public async Task What_is_not_recorded_makes_no_spans_and_carries_no_trace()
    {
        using var spans = new RecordedSpans();
        await using var node = StartNode(("PushGateway:Namespaces:news:HistorySize", "10"));
        await using var client = await RawClient.ConnectAsync(node);
        await client.SendAsync($$$"""{"id":6,"subscribe":{"channel":"{{{_channel}}}"}}""");
        await client.ReadAsync();
        await using var control = await RedisServerControl.ConnectAsync(redis);

        await PostAsync(node, RecordedSpans.NewTraceParent(out var unrecorded, isRecorded: false), "1");
        await PostAsync(node, RecordedSpans.NewTraceParent(out var recorded), "2");

        await Patience.UntilAsync(() => spans.OfTrace(recorded).Length == 2);
        Assert.Empty(spans.OfTrace(unrecorded));
        var kept = await control.Database.ListRangeAsync($"{_prefix}:h:{{{_channel}}}");
        Assert.Equal(2, kept.Length);
        Assert.True(Envelope.TryRead((byte[])kept[0]!, out var first));
        Assert.True(Envelope.TryRead((byte[])kept[1]!, out var second));
        Assert.Equal((true, default), (first.TakenAt is not null, first.Trace));
        Assert.Equal(recorded, second.Trace.TraceId.ToHexString());
        Assert.Equal(Assert.Single(spans.Of("publish", _channel)).SpanId, second.Trace.SpanId);

        // Both are in the history as ever; what is recovered makes no span.
        await using var late = await RawClient.ConnectAsync(node);
        await late.SendAsync($$$"""{"id":7,"history":{"channel":"{{{_channel}}}","limit":10}}""");
        await late.SendAsync($$$"""{"id":8,"subscribe":{"channel":"{{{_channel}}}","recover":true,"offset":0,"epoch":"{{{first.Epoch}}}"}}""");
        var answers = await late.ReadAsync() + await late.ReadAsync();
        Assert.Contains("\"data\":2", answers, StringComparison.Ordinal);
        Assert.Equal(2, spans.OfTrace(recorded).Length);
    }

    [Fact]
    public async Task A_header_that_is_no_trace_changes_nothing()
    {
        using var spans = new RecordedSpans();
        await using var node = GatewayNode.Start();
        await using var client = await RawClient.ConnectAsync(node, null, _channel);
        string[] headers =
        [
            "00-zzzz-1-01",
            "00-00000000000000000000000000000000-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-and-more-of-it",
            new string('0', 4_000),
        ];

        foreach (var header in headers)
        {
            await PostAsync(node, header, "1", state: new string('x', 4_000));
            Assert.Contains("\"data\":1", await client.ReadAsync(), StringComparison.Ordinal);
        }

        Assert.Empty(spans.Of("publish", _channel));
        Assert.Empty(spans.Of("deliver", _channel));
    }

    [Fact]
    public async Task The_lines_of_a_batch_are_spans_of_one_request_also_without_Redis()
    {
        using var spans = new RecordedSpans();
        await using var node = GatewayNode.Start();
        await using var client = await RawClient.ConnectAsync(node, null, _channel);
        var lines = string.Join('\n', Enumerable.Range(1, 3).Select(i => $$"""{"channel":"{{_channel}}","data":{{i}}}"""));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/notifications:batch") { Content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson") };
        request.Headers.Add("traceparent", RecordedSpans.NewTraceParent(out var trace));
        request.Headers.Add("tracestate", "vendor=private");

        using var answer = await node.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Patience.UntilAsync(() => spans.OfTrace(trace).Length == 6);
        var publish = spans.Of("publish", _channel);
        var deliver = spans.Of("deliver", _channel);
        Assert.Single(publish.Select(span => span.ParentSpanId).Distinct());
        Assert.Equal(publish.Select(span => span.SpanId.ToHexString()).Order(), deliver.Select(span => span.ParentSpanId.ToHexString()).Order());
        Assert.All(deliver, span => Assert.Null(span.TraceStateString));
    }

    [Fact]
    public async Task An_application_around_the_gateway_and_a_client_publish_in_spans_too()
    {
        using var spans = new RecordedSpans(recordsRoots: true);
        await using var node = GatewayNode.Start(("PushGateway:Namespaces:news:Publish", "Anonymous"));
        await using var client = await RawClient.ConnectAsync(node, null, _channel);
        using var around = new Activity("around").SetIdFormat(ActivityIdFormat.W3C);
        around.ActivityTraceFlags = ActivityTraceFlags.Recorded;

        around.Start();
        await node.Services.GetRequiredService<INotificationPublisher>().PublishAsync(new Notification { Channels = [_channel, $"{_channel}2"], Data = "1"u8.ToArray() }, Cancellation);
        around.Stop();
        await client.ReadAsync();
        await client.SendAsync($$$"""{"id":9,"publish":{"channel":"{{{_channel}}}","data":2}}""");

        await Patience.UntilAsync(() => spans.Of("deliver", _channel).Length == 2);
        await Patience.UntilAsync(() => spans.Of("publish", _channel).Length == 1);
        var ofHost = spans.OfTrace(around.TraceId.ToHexString()).Single(span => span.OperationName == "publish");
        Assert.Equal((around.SpanId, 2, null), (ofHost.ParentSpanId, ofHost.GetTagItem("messaging.batch.message_count"), ofHost.GetTagItem("messaging.destination.name")));
        var ofClient = spans.Of("publish", _channel)[0];
        Assert.Null(ofClient.Parent);
        Assert.Equal(default, ofClient.ParentSpanId);
        Assert.Contains(spans.Of("deliver", _channel), span => span.TraceId == ofClient.TraceId);
    }

    [Fact]
    public async Task A_publication_that_Redis_does_not_take_is_a_span_that_failed()
    {
        using var spans = new RecordedSpans();
        await using var node = StartNode(("PushGateway:Namespaces:news:HistorySize", "10"));
        await using var control = await RedisServerControl.ConnectAsync(redis);
        await control.Database.StringSetAsync($"{_prefix}:h:{{{_channel}}}", "no list");

        await PostAsync(node, RecordedSpans.NewTraceParent(out var trace), "1", HttpStatusCode.ServiceUnavailable);

        var span = Assert.Single(spans.OfTrace(trace));
        Assert.Equal((ActivityStatusCode.Error, "PushGateway.Brokers.BrokerUnavailableException"), (span.Status, span.GetTagItem("error.type")));
    }

    private GatewayNode StartNode(params (string, string)[] settings) => GatewayNode.Start(
    [
        ("PushGateway:Redis:Connection", redis.ConnectionString),
        ("PushGateway:Redis:Prefix", _prefix),
        ("PushGateway:Redis:CommandTimeout", "00:00:20"),
        .. settings,
    ]);

    private async Task PostAsync(GatewayNode node, string parent, string data, HttpStatusCode expected = HttpStatusCode.OK, string? state = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/notifications")
        {
            Content = new StringContent($$"""{"channel":"{{_channel}}","data":{{data}}}""", Encoding.UTF8, "application/json"),
        };
        Assert.True(request.Headers.TryAddWithoutValidation("traceparent", parent));
        if (state is not null)
            Assert.True(request.Headers.TryAddWithoutValidation("tracestate", state));
        using var answer = await node.Http.SendAsync(request, Cancellation);
        Assert.Equal(expected, answer.StatusCode);
    }
}
