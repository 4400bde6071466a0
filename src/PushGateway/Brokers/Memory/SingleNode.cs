using PushGateway.Cluster;
using PushGateway.Security.Revocations;

namespace PushGateway.Brokers.Memory;

/// <summary>The cluster of a node that stands alone.</summary>
internal sealed class SingleNode : ICluster
{
    private ILocalNode _node = null!; // Set by StartAsync, which comes before anything else.

    /// <inheritdoc/>
    public ValueTask StartAsync(ILocalNode node, CancellationToken cancellationToken)
    {
        _node = node;
        node.Learn([], areAll: true); // None outlives the node.
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<NodeInfo>> GetNodesAsync(CancellationToken cancellationToken) => new([_node.Describe()]);

    /// <inheritdoc/>
    public ValueTask<ChannelPage> GetChannelsAsync(ChannelQuery query, CancellationToken cancellationToken) =>
        new(ChannelPages.Merge([_node.ListChannels(query with { Limit = query.Limit + 1 })], query.Limit, []));

    /// <inheritdoc/>
    public ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken) => new(_node.Disconnect(order));

    /// <inheritdoc/>
    public ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken) => new(_node.Unsubscribe(order));

    /// <inheritdoc/>
    public async ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken) =>
        await _node.SubscribeAsync(order).AsTask().WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Reached> RevokeAsync(Revocation revocation, CancellationToken cancellationToken) => new(_node.Revoke(revocation));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
