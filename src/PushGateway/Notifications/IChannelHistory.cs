using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>
/// What is kept of channels, for C#, with the same meaning as <c>GET</c> and <c>DELETE /v1/channels/{channel}/history</c>. An interface so that applications can put a double in
/// their tests.
/// </summary>
public interface IChannelHistory
{
    /// <summary>Reads a part of a channel's history.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="query">Which part. Its limit is at most <see cref="Api.ApiOptions.MaxHistoryPageSize"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>
    /// The page. It may have fewer publications than asked for (see <see cref="Api.ApiOptions.MaxHistoryPageBytes"/>); the next one begins at <see cref="HistoryPage.Last"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The name is not the name of a channel, or its namespace is not configured; or a number of the query is out of range.</exception>
    /// <exception cref="InvalidOperationException">The settings of the channel keep no history.</exception>
    /// <exception cref="BrokerUnavailableException">The broker cannot be reached, or did not answer in time.</exception>
    ValueTask<HistoryPage> ReadAsync(string channel, HistoryQuery query, CancellationToken cancellationToken = default);

    /// <summary>
    /// Forgets a channel's history, its position and the version it has seen. The next publication begins a new epoch at offset 1, and clients that come back are told that they did
    /// not recover. A channel of which nothing is kept is no error.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The name is not the name of a channel, or its namespace is not configured.</exception>
    /// <exception cref="BrokerUnavailableException">The broker cannot be reached, or did not answer in time.</exception>
    ValueTask RemoveAsync(string channel, CancellationToken cancellationToken = default);
}
