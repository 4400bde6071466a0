using System.Diagnostics.Metrics;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Hosting;
using static PushGateway.Diagnostics.GatewayMeter;

namespace PushGateway.Diagnostics;

/// <summary>What is read off the node when somebody looks, and costs nothing in between.</summary>
internal sealed class NodeGauges(
    GatewayMeter gateway, ConnectionRegistry connections, Hub hub, PublishMeters publishing, ChannelDirectory channels, Readiness readiness, NodeState node, Drain drain)
{
    /// <summary>Begins to show it, and all counters at zero.</summary>
    public void Start()
    {
        connections.Meters.Start();
        hub.Meters.Start(channels.All);
        publishing.Start(channels.All);
        var meter = gateway.Meter;
        meter.CreateObservableUpDownCounter("pushgateway.connections", () => connections.SessionCount, "{connection}", "Clients whose session is open now.");
        if (connections.Options.MaxConnections is > 0 and var limit)
            meter.CreateObservableGauge("pushgateway.connections_limit", () => limit, "{connection}", "How many clients the node serves at most.");
        meter.CreateObservableUpDownCounter("pushgateway.channels", () => hub.ChannelCount, "{channel}", "Channels this node is subscribed to at the broker.");
        meter.CreateObservableCounter("pushgateway.sent", () => connections.Bytes.Sent, "By", "Bytes written to clients' sockets.");
        meter.CreateObservableCounter("pushgateway.received", () => connections.Bytes.Received, "By", "Bytes of messages that clients sent.");
        meter.CreateObservableUpDownCounter("pushgateway.outbox", () => Waiting().Bytes, "By", "Bytes that wait for clients' sockets now.");
        meter.CreateObservableUpDownCounter("pushgateway.backlogged_connections", () => Waiting().Connections, "{connection}", "Clients for which something waits now.");
        meter.CreateObservableGauge("pushgateway.ready", Ready, description: "1 while a part of the node is ready.");
        meter.CreateObservableGauge("pushgateway.draining", () => node.IsLeaving ? 1 : 0, description: "1 from the beginning of leaving.");
        meter.CreateObservableGauge("pushgateway.drain.progress_ratio", () => drain.Progress, description: "Which part of the connections that a leaving node had to close is closed.");
        var started = connections.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        meter.CreateObservableGauge("pushgateway.start_time", () => started, "s", "When the node started, in seconds since 1970.");
        meter.CreateObservableGauge("pushgateway.build_info", static () => new Measurement<int>(1, Label("version", LocalNode.Version)), description: "1, with the version.");
    }

    private IEnumerable<Measurement<int>> Ready()
    {
        var why = readiness.WhyNot();
        foreach (var part in Readiness.Parts)
            yield return new Measurement<int>(why?.ContainsKey(part) == true ? 0 : 1, Label("part", part));
    }

    private (long Bytes, int Connections) Waiting()
    {
        var (bytes, count) = (0L, 0);
        foreach (var connection in connections.All)
        {
            var waiting = connection.WaitingBytes;
            bytes += waiting;
            count += waiting > 0 ? 1 : 0;
        }

        return (bytes, count);
    }
}
