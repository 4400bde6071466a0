using PushGateway.Security.Revocations;

namespace PushGateway.Cluster;

/// <summary>The nodes that share a broker, seen as one.</summary>
/// <remarks>Members throw <see cref="Brokers.BrokerUnavailableException"/> when the back end cannot be reached.</remarks>
public interface ICluster : IAsyncDisposable
{
    /// <summary>Makes this node known to the others. An unreachable back end is no error here: the node goes on trying.</summary>
    ValueTask StartAsync(ILocalNode node, CancellationToken cancellationToken);

    /// <summary>Every live node, this one included, ordered by id.</summary>
    ValueTask<IReadOnlyList<NodeInfo>> GetNodesAsync(CancellationToken cancellationToken);

    /// <summary>Channels that have subscribers, with their numbers over all nodes.</summary>
    ValueTask<ChannelPage> GetChannelsAsync(ChannelQuery query, CancellationToken cancellationToken);

    /// <summary>Closes connections of a user on all nodes. The order was checked before.</summary>
    ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken);

    /// <summary>Ends subscriptions of a user on all nodes. The order was checked before.</summary>
    ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken);

    /// <summary>Subscribes connections of a user on all nodes. The order was checked before.</summary>
    ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken);

    /// <summary>
    /// Revokes tokens on all nodes, and keeps that for nodes that cannot hear it now: all nodes know it within a second of seeing the back end. The revocation was checked before, and is kept
    /// when this completes.
    /// </summary>
    ValueTask<Reached> RevokeAsync(Revocation revocation, CancellationToken cancellationToken);
}
