using System.Collections.Concurrent;
using System.Diagnostics;
using PushGateway.Channels;
using PushGateway.Diagnostics;
using PushGateway.Fanout;
using PushGateway.Transports;

namespace PushGateway.Tests.Diagnostics;

public sealed class DeliverySpansTests
{
    private readonly TestNode _node = new();
    private readonly ConcurrentQueue<Activity> _spans = new();

    [Fact]
    public void Each_publication_of_a_run_has_the_span_of_its_own_trace()
    {
        using var listener = Listen();
        var (one, other) = (NewTrace(), NewTrace());
        Subscribe(3);

        _node.Hub.Deliver("news", Traced(one), new Publication("2"u8.ToArray()), Traced(other));

        Assert.Equal([other.TraceId, one.TraceId], _spans.Select(span => span.TraceId));
        Assert.All(_spans, span => Assert.Equal(
            ("deliver", ActivityKind.Consumer, "news", 3, _node.Local.Id),
            (span.OperationName, span.Kind, span.GetTagItem("messaging.destination.name"), span.GetTagItem("pushgateway.subscribers"), span.GetTagItem("pushgateway.node"))));
        Assert.Equal([other.SpanId, one.SpanId], _spans.Select(span => span.ParentSpanId));
        Assert.Null(Activity.Current);
    }

    [Fact]
    public void A_publication_that_mends_a_gap_has_none()
    {
        using var listener = Listen();
        var channel = Subscribe(1);

        channel.DeliverNow(Traced(NewTrace()), previous: 0);

        Assert.Empty(_spans);
    }

    [Fact]
    public void A_channel_that_nobody_is_in_has_none()
    {
        using var listener = Listen();
        Subscribe(1).Leave(_node.Hub.SubscribersOf("news")[0], mayReturn: false);

        _node.Hub.Deliver("news", Traced(NewTrace()));

        Assert.Empty(_spans);
    }

    [Fact]
    public void What_is_not_recorded_has_none_and_costs_no_memory()
    {
        using var listener = Listen();
        var publish = NewTrace();
        var unrecorded = new Publication("1"u8.ToArray()) { Trace = new ActivityContext(publish.TraceId, publish.SpanId, ActivityTraceFlags.None) };
        var subscribers = Subscribe(1).Subscribers;
        var run = new BroadcastRun(new Broadcast("news", unrecorded), new Broadcast("news", new Publication("2"u8.ToArray())));

        // The first makes what the others use again.
        var allocated = Enumerable.Range(0, 3).Select(_ => AllocatedBy(run, subscribers)).ToArray();

        Assert.Contains(0, allocated);
        Assert.Empty(_spans);
    }

    private static long AllocatedBy(BroadcastRun run, SubscriberSet subscribers)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        DeliverySpans.Start("news", run, subscribers, "node").Dispose();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static ActivityContext NewTrace() => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);

    private static Publication Traced(ActivityContext publish) => new("1"u8.ToArray()) { Trace = publish };

    private LocalChannel Subscribe(int clients)
    {
        LocalChannel? channel = null;
        for (; clients > 0; clients--)
            channel = _node.Subscribe(_node.Open().Connection, "news").Channel;
        return channel!;
    }

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Tracing.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                // Other tests are in this process, too.
                if ((string?)span.GetTagItem("pushgateway.node") == _node.Local.Id)
                    _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
