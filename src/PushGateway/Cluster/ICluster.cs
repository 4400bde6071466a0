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
}
