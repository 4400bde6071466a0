using Microsoft.Extensions.Hosting;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Diagnostics;
using PushGateway.Fanout;
using PushGateway.Presence;

namespace PushGateway.Hosting;

/// <summary>The node's beginning and end.</summary>
internal sealed class NodeService(
    IBroker broker, ICluster cluster, IPresence presence, Hub hub, PresenceListener listener, LocalNode node, NodeState state, Drain drain, NodeGauges gauges) : IHostedLifecycleService
{
    /// <summary>Before the server listens: from its first client on, the node is part of the cluster.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        gauges.Start();
        await broker.StartAsync(hub, cancellationToken);
        await cluster.StartAsync(node, cancellationToken);
        await presence.StartAsync(listener, cancellationToken);
    }

    /// <summary>The server listens, and all other services of the host have started too.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        state.Started();
        return Task.CompletedTask;
    }

    /// <summary>While the server still serves: in <see cref="StopAsync"/> it has already cut all sockets, and clients would not learn that they may come back at once.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => drain.RunAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Leaves the cluster while there is still a node to speak of.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await presence.DisposeAsync();
        await cluster.DisposeAsync();
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
