using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Channels;

namespace PushGateway.Brokers.Memory;

/// <summary>
/// The broker of a node that stands alone: nothing to install, nothing shared. One queue and one reader for all channels, which is the order and the
/// threading that a connection to Redis has as well.
/// </summary>
internal sealed partial class MemoryBroker(ILogger<MemoryBroker> logger) : IBroker
{
    // A publisher waits when this many publications are not delivered yet. Enough to keep the reader busy; with payloads at their limit 64 MiB.
    private const int QueuedPublications = 1024;

    private readonly ConcurrentDictionary<string, byte> _subscribed = new(StringComparer.Ordinal);
    private readonly Channel<(string Channel, Publication Publication)> _queue = Channel.CreateBounded<(string, Publication)>(
        new BoundedChannelOptions(QueuedPublications) { SingleReader = true });

    private Task _delivering = Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken)
    {
        _delivering = DeliverAsync(listener);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        if (!_subscribed.ContainsKey(channel))
            return default;

        try
        {
            // What the caller gave is the caller's again once this returns, which is before it is delivered.
            var copy = publication with
            {
                Data = publication.Data.ToArray(),
                Tags = publication.Tags is { } tags ? new Dictionary<string, string>(tags) : null,
            };
            await _queue.Writer.WriteAsync((channel, copy), cancellationToken);
        }
        catch (ChannelClosedException stopped)
        {
            throw new BrokerUnavailableException("The node is stopping.", stopped);
        }

        return default;
    }

    /// <inheritdoc/>
    public string? WhyNotReady => null;

    /// <inheritdoc/>
    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        _subscribed[channel] = default;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask UnsubscribeAsync(string channel)
    {
        _subscribed.TryRemove(channel, out _);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _delivering;
    }

    private async Task DeliverAsync(IPublicationListener listener)
    {
        await foreach (var (channel, publication) in _queue.Reader.ReadAllAsync())
        {
            try
            {
                if (_subscribed.ContainsKey(channel))
                    listener.Deliver(channel, publication);
            }
#pragma warning disable CA1031 // One publication that cannot be delivered must not stop all that follow.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Log.DeliveryFailed(logger, channel, failure);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A publication of channel {Channel} could not be delivered.")]
        public static partial void DeliveryFailed(ILogger logger, string channel, Exception failure);
    }
}
