using PushGateway.Brokers;
using PushGateway.Cluster;

namespace PushGateway.Connections;

/// <summary>
/// The connections of users over all nodes, for C#, with the same meaning as the HTTP API. An interface so that applications can put a double in their tests.
/// </summary>
/// <remarks>
/// An order concerns the connections that there are when it arrives, and does no harm when it is given again. A node that was cut off from the others for so long that it is not known to be
/// there is neither reached nor named.
/// </remarks>
public interface IUserConnections
{
    /// <summary>Closes connections. Also <c>DELETE /v1/users/{user}/connections</c>.</summary>
    /// <exception cref="ArgumentException">The order breaks a rule; nothing was done.</exception>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached. The order may have reached nodes or not.</exception>
    ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken = default);

    /// <summary>Ends subscriptions. Also <c>DELETE /v1/channels/{channel}/subscribers/{user}</c>.</summary>
    /// <inheritdoc cref="DisconnectAsync" path="/exception"/>
    ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken = default);

    /// <summary>Subscribes connections. Also <c>POST /v1/users/{user}/subscriptions</c>.</summary>
    /// <inheritdoc cref="DisconnectAsync" path="/exception"/>
    ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken = default);
}
