using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>
/// The broker of a node that stands alone: nothing to install, nothing shared. One queue and one reader for all channels, which is the order and the
/// threading that a connection to Redis has as well. What <see cref="MemoryPresence"/> announces stands in the same queue.
/// </summary>
internal sealed partial class MemoryBroker(TimeProvider time, ILogger<MemoryBroker> logger) : IBroker
{
    // A publisher waits when this many publications are not delivered yet. Enough to keep the reader busy; with payloads at their limit 64 MiB.
    private const int QueuedPublications = 1024;

    // What is delivered together: enough to make the cost of a write small, and no more than waits for its places.
    private const int LongestRun = 64;

    // With more, whoever changes members waits until its change is delivered. Those that wait are as many as there are clients, since each waits for one.
    private const int QueuedChanges = 1024;

    private readonly ConcurrentDictionary<string, byte> _subscribed = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly MemoryHistories _histories_NeedsLock = new(time);

    // A place is taken before the lock and given back after the delivery, so that nobody waits with the lock: numbering and queueing are one step.
    private readonly SemaphoreSlim _places = new(QueuedPublications);
    private readonly Channel<Delivery> _queue = Channel.CreateUnbounded<Delivery>(new UnboundedChannelOptions { SingleReader = true });

    private int _queuedChanges;
    private Task _delivering = Task.CompletedTask;
    private volatile bool _stopped;

    /// <summary>Takes the changes of members; set before any is announced.</summary>
    public IPresenceListener? ChangeListener { get; set; }

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
                isQueued = published is not null && _subscribed.ContainsKey(channel) && _queue.Writer.TryWrite(new Delivery(channel, published));
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

    /// <summary>Queues a change of a channel's members behind what happened in the channel before.</summary>
    /// <returns>Completes when the next one may come, which is at once unless too many are queued. It is queued in any case.</returns>
    public Task Announce(string channel, PresenceChange change)
    {
        if (!_subscribed.ContainsKey(channel))
            return Task.CompletedTask;

        var delivered = Interlocked.Increment(ref _queuedChanges) > QueuedChanges ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
        if (_queue.Writer.TryWrite(new Delivery(channel, change, delivered)))
            return delivered?.Task ?? Task.CompletedTask;

        Interlocked.Decrement(ref _queuedChanges);
        return Task.CompletedTask;
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
        var run = new List<Publication>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            if (!_queue.Reader.TryRead(out var delivery))
                continue;

            TakeRun(delivery, run);
            try
            {
                if (_subscribed.ContainsKey(delivery.Channel))
                    Deliver(delivery, run, listener);
            }
#pragma warning disable CA1031 // One delivery that fails must not stop all that follow.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Log.DeliveryFailed(logger, delivery.Channel, failure);
            }
            finally
            {
                GiveBackPlaces(delivery, run.Count);
            }
        }
    }

    /// <summary>Takes the publications of one channel that stand behind each other in the queue.</summary>
    private void TakeRun(Delivery first, List<Publication> run)
    {
        run.Clear();
        if (first.Publication is null)
            return;

        run.Add(first.Publication);
        while (run.Count < LongestRun && _queue.Reader.TryPeek(out var next) && next.Publication is not null && next.Channel == first.Channel && _queue.Reader.TryRead(out next))
            run.Add(next.Publication!);
    }

    private void Deliver(in Delivery delivery, List<Publication> run, IPublicationListener listener)
    {
        if (run.Count > 0)
            listener.Deliver(delivery.Channel, CollectionsMarshal.AsSpan(run));
        else
            ChangeListener?.Deliver(delivery.Channel, delivery.Change!);
    }

    private void GiveBackPlaces(in Delivery delivery, int publications)
    {
        if (publications > 0)
        {
            _places.Release(publications);
            return;
        }

        Interlocked.Decrement(ref _queuedChanges);
        delivery.Delivered?.SetResult();
    }

    /// <summary>What waits for its delivery: a publication or a change.</summary>
    private readonly struct Delivery
    {
        public Delivery(string channel, Publication publication) => (Channel, Publication) = (channel, publication);

        public Delivery(string channel, PresenceChange change, TaskCompletionSource? delivered) => (Channel, Change, Delivered) = (channel, change, delivered);

        public string Channel { get; }

        public Publication? Publication { get; }

        public PresenceChange? Change { get; }

        public TaskCompletionSource? Delivered { get; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "What happened in channel {Channel} could not be delivered.")]
        public static partial void DeliveryFailed(ILogger logger, string channel, Exception failure);
    }
}
