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
/// <item>After an outage of the back end the broker subscribes again by itself to all channels it holds, and then calls <see cref="IPublicationListener.Resubscribed"/>.</item>
/// <item>A publication to a channel with a history is appended, numbered and sent to the subscribers in one step: no node ever sees one that the history does not have, and an
/// attempt that failed has done all of it or nothing.</item>
/// <item>Offsets of one epoch are handed out without a hole. A history that was removed, or that the back end lost, goes on under a new epoch, which was never used before.</item>
/// <item>The live publications of a channel arrive with rising offsets for as long as the epoch is the same; a lower one than before means that the back end was set back.</item>
/// <item>All members may be called from any thread, and none blocks the calling one.</item>
/// </list>
/// </remarks>
public interface IBroker : IAsyncDisposable
{
    /// <summary>How many channels <see cref="GetPositionsAsync"/> takes at most.</summary>
    const int MaxPositions = 1_000;

    /// <summary>Begins to work. Called once, before any other member. An unreachable back end is no error here: the broker goes on trying.</summary>
    /// <param name="listener">Receives what is published to the subscribed channels.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken);

    /// <summary>Why the broker cannot do its work now, in a sentence for operators without secrets; null when it can. Never blocks.</summary>
    string? WhyNotReady { get; }

    /// <summary>Publishes to a channel, in one round trip. The memory of the publication is the caller's again when it completes.</summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    /// <exception cref="IdempotencyConflictException">The idempotency key was used for another content.</exception>
    ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken);

    /// <summary>Reads a part of a channel's history, and its position. A channel without a position is given one, so that whoever subscribes now has an epoch to come back with.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="query">Which part.</param>
    /// <param name="limits">What is kept of the channel. Publications older than that are gone, also where the back end still has them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page. The memory of its publications is the caller's.</returns>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken);

    /// <summary>Forgets a channel's history and position. The next publication has offset 1 of a new epoch. What is remembered of idempotency keys stays.</summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken);

    /// <summary>
    /// Gives the history a new epoch if it still has this one: called by a node that has seen publications which the history no longer has, so that no client takes what came
    /// in their place for what follows on them. Offsets go on. When several nodes call, one new epoch results.
    /// </summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken);

    /// <summary>The positions of many channels, each as cheap as one can be read; null for a channel that has none.</summary>
    /// <param name="channels">At most <see cref="MaxPositions"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken);

    /// <summary>Asks for the publications of a channel; completes when the back end has confirmed.</summary>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Gives up a channel. Never fails: without a back end there is nothing to give up.</summary>
    ValueTask UnsubscribeAsync(string channel);
}
