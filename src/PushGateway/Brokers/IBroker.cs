using PushGateway.Channels;

namespace PushGateway.Brokers;

/// <summary>
/// What the nodes of a cluster share: a publication given to any node's broker reaches every node that is subscribed to its channel,
/// the publisher's own node included, by one path and in one order.
/// </summary>
/// <remarks>
/// The contract, held by one test suite for all brokers:
/// <list type="bullet">
/// <item>Publications of one channel are delivered in the order in which the broker accepted them, on every node the same. A publisher that
/// waits for <see cref="PublishAsync"/> before it publishes again finds its publications in that order.</item>
/// <item>Once <see cref="SubscribeAsync"/> has completed, each publication accepted later is delivered, until the channel is unsubscribed or the
/// connection to the back end is lost.</item>
/// <item><see cref="SubscribeAsync"/> and <see cref="UnsubscribeAsync"/> of one channel take effect in the order in which they were called,
/// whether or not the earlier one has completed. The caller never asks twice for one channel without giving it up between.</item>
/// <item>A <see cref="SubscribeAsync"/> that failed leaves no interest behind.</item>
/// <item>After an outage of the back end the broker subscribes again by itself to all channels it holds.</item>
/// <item>All members may be called from any thread, and none blocks the calling one.</item>
/// </list>
/// </remarks>
public interface IBroker : IAsyncDisposable
{
    /// <summary>Begins to work. Called once, before any other member. An unreachable back end is no error here: the broker goes on trying.</summary>
    /// <param name="listener">Receives what is published to the subscribed channels.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken);

    /// <summary>Publishes to a channel, in one round trip. The memory of the publication is the caller's again when it completes.</summary>
    /// <returns>The publication's place in the history of the channel; null when the channel keeps none.</returns>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<StreamPosition?> PublishAsync(string channel, Publication publication, CancellationToken cancellationToken);

    /// <summary>Asks for the publications of a channel; completes when the back end has confirmed.</summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Gives up a channel. Never fails: without a back end there is nothing to give up.</summary>
    ValueTask UnsubscribeAsync(string channel);
}
