using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Channels;

namespace PushGateway.Brokers.Memory;

/// <summary>
/// The broker of a node that stands alone: nothing to install, nothing shared. One queue and one reader for all channels, which is the order and the
/// threading that a connection to Redis has as well.
/// </summary>
internal sealed partial class MemoryBroker(TimeProvider time, ILogger<MemoryBroker> logger) : IBroker
{
    // A publisher waits when this many publications are not delivered yet. Enough to keep the reader busy; with payloads at their limit 64 MiB.
    private const int QueuedPublications = 1024;

    private readonly ConcurrentDictionary<string, byte> _subscribed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly MemoryHistories _histories_NeedsLock = new(time);

    // A place is taken before the lock and given back after the delivery, so that nobody waits with the lock: numbering and queueing are one step.
    private readonly SemaphoreSlim _places = new(QueuedPublications);
    private readonly Channel<(string Channel, Publication Publication)> _queue = Channel.CreateUnbounded<(string, Publication)>(
        new UnboundedChannelOptions { SingleReader = true });

    private Task _delivering = Task.CompletedTask;
    private volatile bool _stopped;

    /// <inheritdoc/>
    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken)
    {
        _delivering = DeliverAsync(listener);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        if (options is { History: null, Idempotency: null, Version: null } && !_subscribed.ContainsKey(channel))
            return default;

        // What the caller gave is the caller's again once this returns, which is before it is delivered.
        var copy = publication with
        {
            Data = publication.Data.ToArray(),
            Tags = publication.Tags is { } tags ? new Dictionary<string, string>(tags) : null,
        };
        await _places.WaitAsync(cancellationToken);
        var isQueued = false;
        try
        {
            lock (_gate)
            {
                ThrowIfStopped();
                var outcome = _histories_NeedsLock.Publish(channel, copy, options, out var published);
                isQueued = published is not null && _subscribed.ContainsKey(channel) && _queue.Writer.TryWrite((channel, published));
                return outcome;
            }
        }
        finally
        {
            if (!isQueued)
                _places.Release();
        }
    }

    /// <inheritdoc/>
    public string? WhyNotReady => _stopped ? "The node is stopping." : null;

    /// <inheritdoc/>
    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken)
    {
        lock (_gate)
            return new(_histories_NeedsLock.Read(channel, query, limits));
    }

    /// <inheritdoc/>
    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken)
    {
        lock (_gate)
            _histories_NeedsLock.Remove(channel);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken)
    {
        lock (_gate)
            _histories_NeedsLock.Renew(channel, epoch);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels.Count, IBroker.MaxPositions);
        var positions = new StreamPosition?[channels.Count];
        lock (_gate)
            for (var i = 0; i < positions.Length; i++)
                positions[i] = _histories_NeedsLock.PositionOf(channels[i]);
        return new(positions);
    }

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
        lock (_gate)
        {
            _stopped = true;
            _queue.Writer.TryComplete();
        }

        await _delivering;
    }

    private void ThrowIfStopped()
    {
        if (WhyNotReady is { } reason)
            throw new BrokerUnavailableException(reason);
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
            finally
            {
                _places.Release();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A publication of channel {Channel} could not be delivered.")]
        public static partial void DeliveryFailed(ILogger logger, string channel, Exception failure);
    }
}
