using PushGateway.Brokers;

namespace PushGateway.Presence;

/// <summary>
/// Who is there, for C#, with the same meaning as the addresses that end in <c>presence</c> under <c>/v1</c>. An interface so that applications can put a double in their tests.
/// </summary>
public interface IPresenceReader
{
    /// <summary>Reads who is in a channel, page by page.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="query">Which part. Its limit is at most <see cref="IPresence.MaxPageSize"/>; 0 for the numbers alone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidCursorException"><see cref="PresenceQuery.After"/> is not what a page gave.</exception>
    /// <exception cref="ArgumentException">The name is not the name of a channel, or its namespace is not configured; or the limit is out of range.</exception>
    /// <exception cref="InvalidOperationException">The settings of the channel do not keep who is in it; the message says which.</exception>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken = default);

    /// <summary>Counts who is in a channel, at a cost that does not depend on their number.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The name is not the name of a channel, or its namespace is not configured.</exception>
    /// <exception cref="InvalidOperationException">The settings of the channel do not keep who is in it; the message says which.</exception>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken = default);

    /// <summary>Reads which users are online.</summary>
    /// <param name="users">Their ids, at most <see cref="IPresence.MaxUsers"/>. One that stands there twice is answered twice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One for each, in their order. A user that never was is offline like any other.</returns>
    /// <exception cref="ArgumentException">There are too many, or one of them is no user's id.</exception>
    /// <exception cref="InvalidOperationException">It is not kept who is online: <see cref="UserPresenceOptions.Enabled"/> is false.</exception>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached, or did not answer in time.</exception>
    ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken = default);
}
