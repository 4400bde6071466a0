using System.Diagnostics;
using PushGateway.Fanout;
using PushGateway.Transports;

namespace PushGateway.Diagnostics;

/// <summary>The spans of a run while it is delivered: one for each of its publications whose span is recorded. Ended all together, behind the last write.</summary>
internal readonly struct DeliverySpans : IDisposable
{
    private readonly List<Activity>? _spans;

    private DeliverySpans(List<Activity>? spans) => _spans = spans;

    /// <summary>Begins the spans. Nothing is begun, or allocated, while nobody listens, and for publications without a trace.</summary>
    public static DeliverySpans Start(string channel, BroadcastRun run, SubscriberSet subscribers, string node)
    {
        if (!Tracing.IsOn)
            return default;

        List<Activity>? spans = null;
        foreach (ref readonly var broadcast in run.Broadcasts)
            if ((broadcast.Trace.TraceFlags & ActivityTraceFlags.Recorded) != 0
                && subscribers.Count is > 0 and var count
                && Tracing.StartDeliver(broadcast.Trace, channel, count, node) is { } span)
                (spans ??= []).Add(span);
        return new DeliverySpans(spans);
    }

    /// <summary>Ends them, the last one first, as each has taken the place of the one before as the current one.</summary>
    public void Dispose()
    {
        for (var i = (_spans?.Count ?? 0) - 1; i >= 0; i--)
            _spans![i].Dispose();
    }
}
