using System.Diagnostics.Metrics;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Hosting;
using static PushGateway.Diagnostics.GatewayMeter;

namespace PushGateway.Diagnostics;

/// <summary>What is read off the node when somebody looks, and costs nothing in between.</summary>
internal sealed class NodeGauges(GatewayMeter gateway, ConnectionRegistry connections, Hub hub, Readiness readiness, NodeState node, Drain drain)
{
    /// <summary>Begins to show it.</summary>
    public void Start()
    {
        var meter = gateway.Meter;
        meter.CreateObservableUpDownCounter("pushgateway.connections", () => connections.SessionCount, "{connection}", "Clients whose session is open now.");
        meter.CreateObservableUpDownCounter("pushgateway.channels", () => hub.ChannelCount, "{channel}", "Channels this node is subscribed to at the broker.");
        meter.CreateObservableCounter("pushgateway.sent", () => connections.Traffic.SentBytes, "By", "Bytes written to clients' sockets.");
        meter.CreateObservableCounter("pushgateway.received", () => connections.Traffic.ReceivedBytes, "By", "Bytes of messages that clients sent.");
        meter.CreateObservableUpDownCounter("pushgateway.outbox", () => Waiting().Bytes, "By", "Bytes that wait for clients' sockets now.");
        meter.CreateObservableUpDownCounter("pushgateway.backlogged_connections", () => Waiting().Connections, "{connection}", "Clients for which something waits now.");
        meter.CreateObservableGauge("pushgateway.ready", Ready, description: "1 while a part of the node is ready.");
        meter.CreateObservableGauge("pushgateway.draining", () => node.IsLeaving ? 1 : 0, description: "1 from the beginning of leaving.");
        meter.CreateObservableGauge("pushgateway.drain.progress", () => drain.Progress, "1", "Which part of the connections that a leaving node had to close is closed.");
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
