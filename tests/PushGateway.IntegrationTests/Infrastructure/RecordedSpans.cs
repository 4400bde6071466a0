using System.Collections.Concurrent;
using System.Diagnostics;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>
/// Listens to the spans of this process, and records as a collector's usual sampler does: what continues a recorded trace is recorded. Nodes of other tests are in this process, too: a test finds its own
/// spans by channel.
/// </summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    /// <param name="recordsRoots">Whether those of the gateway are recorded as well that continue no trace.</param>
    public RecordedSpans(bool recordsRoots = false)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name is "PushGateway" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent == default ? recordsRoots && options.Source.Name == "PushGateway" ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None
                : options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.Source.Name == "PushGateway")
                    _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>A header that begins a trace.</summary>
    public static string NewTraceParent(out string trace, bool isRecorded = true)
    {
        trace = ActivityTraceId.CreateRandom().ToHexString();
        return $"00-{trace}-{ActivitySpanId.CreateRandom().ToHexString()}-0{(isRecorded ? 1 : 0)}";
    }

    /// <summary>Those of a name and a channel that have ended.</summary>
    public Activity[] Of(string name, string channel) =>
        [.. _spans.Where(span => span.OperationName == name && (string?)span.GetTagItem("messaging.destination.name") == channel)];

    /// <summary>Those of a trace that have ended.</summary>
    public Activity[] OfTrace(string trace) => [.. _spans.Where(span => span.TraceId.ToHexString() == trace)];

    public void Dispose() => _listener.Dispose();
}
