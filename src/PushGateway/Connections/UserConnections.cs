using PushGateway.Cluster;

namespace PushGateway.Connections;

/// <summary>Checks orders, then gives them to all nodes.</summary>
internal sealed class UserConnections(ICluster cluster, OrderRules rules) : IUserConnections
{
    /// <inheritdoc/>
    public ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        OrderRules.Check(order);
        return cluster.DisconnectAsync(order, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        rules.Check(order);
        return cluster.UnsubscribeAsync(order, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        rules.Check(order);
        return cluster.SubscribeAsync(order, cancellationToken);
    }
}
