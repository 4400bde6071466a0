using PushGateway.Brokers;

namespace PushGateway.Presence;

/// <summary>What a node wants to know of the members of channels.</summary>
public interface IPresenceListener
{
    /// <summary>Takes one change of a channel that the node is subscribed to at the broker. Called for one channel in order and never twice at a time; returns soon and does not throw.</summary>
    void Deliver(string channel, PresenceChange change);

    /// <summary>
    /// Tells those who watch a user that it came online or went offline. Called by one node for each change, and again with the same version where nobody knows whether it was done.
    /// </summary>
    /// <param name="user">How the user stands now.</param>
    /// <param name="version">Rises from change to change of the user.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BrokerUnavailableException">It could not be told, and is to be tried again.</exception>
    ValueTask AnnounceAsync(UserPresence user, long version, CancellationToken cancellationToken);
}
