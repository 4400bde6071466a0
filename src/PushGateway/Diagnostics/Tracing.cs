using System.Diagnostics;
using PushGateway.Cluster;

namespace PushGateway.Diagnostics;

/// <summary>
/// The spans of the gateway: one for each publishing, and one on each node for each publication that is delivered there. Nothing is made while nobody listens. What stands in them is in
/// <c>docs/operations.md</c>.
/// </summary>
internal static class Tracing
{
    /// <summary>The name to listen to.</summary>
    public const string Name = "PushGateway";

    // Attributes by OpenTelemetry's conventions for messaging.
    private const string SystemName = "messaging.system";
    private const string OperationName = "messaging.operation.name";
    private const string OperationType = "messaging.operation.type";
    private const string Destination = "messaging.destination.name";
    private const string MessageCount = "messaging.batch.message_count";

    private static readonly ActivitySource Source = new(Name, LocalNode.Version);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Begins the span of publishing to channels, within that of the request, if there is one. Null when nobody wants it.</summary>
    public static Activity? StartPublish(IReadOnlyList<string> channels) =>
        Source.HasListeners() ? Describe(Source.StartActivity("publish", ActivityKind.Producer), channels) : null;

    /// <summary>Begins the span of a client's publishing, which is the first of its trace. To be called in an asynchronous method, at whose end the span is no longer the current one.</summary>
    public static Activity? StartPublishOfClient(string channel)
    {
        if (!Source.HasListeners())
            return null;

        // What a client does is no part of the request by which it connected, hours ago perhaps.
        Activity.Current = null;
        return Describe(Source.StartActivity("publish", ActivityKind.Producer), [channel]);
    }

    /// <summary>Begins the span of delivering one publication on this node. Null when nobody wants it.</summary>
    public static Activity? StartDeliver(in ActivityContext publish, string channel, int subscribers, string node)
    {
        var span = Source.StartActivity("deliver", ActivityKind.Consumer, publish);
        if (span is { IsAllDataRequested: true })
            Describe(span, "deliver", "process").SetTag(Destination, channel).SetTag("pushgateway.subscribers", subscribers).SetTag("pushgateway.node", node);
        return span;
    }

    /// <summary>What goes along with the publication: the span, if it is recorded. Never the state that came with the trace, which may be any text.</summary>
    public static ActivityContext ContextOf(Activity? publish) =>
        publish is { Recorded: true, IdFormat: ActivityIdFormat.W3C } ? new ActivityContext(publish.TraceId, publish.SpanId, ActivityTraceFlags.Recorded) : default;

    /// <summary>Notes that what the span is about failed.</summary>
    public static void Fail(Activity? span, Exception failure) =>
        span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", failure.GetType().FullName);

    private static Activity? Describe(Activity? publish, IReadOnlyList<string> channels)
    {
        if (publish is not { IsAllDataRequested: true })
            return publish;

        Describe(publish, "publish", "send");
        return channels.Count == 1 ? publish.SetTag(Destination, channels[0]) : publish.SetTag(MessageCount, channels.Count);
    }

    private static Activity Describe(Activity span, string operation, string type) =>
        span.SetTag(SystemName, "pushgateway").SetTag(OperationName, operation).SetTag(OperationType, type);
}
