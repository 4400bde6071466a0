using PushGateway.Diagnostics;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Transports;

namespace PushGateway.Fanout;

/// <summary>
/// A channel that someone on this node wants: its subscribers here, and the node's own subscription at the broker, which lasts a little longer than
/// the last of them.
/// </summary>
internal sealed class LocalChannel(string name, ChannelRules rules, Hub hub, IBroker broker, IPresence presence) : Scheduled
{
    private readonly Lock _gate = new();
    private Task? _interest;
    private volatile bool _closed, _usesDelta;
    private long _sequence;
    private byte[]? _deltaBase;

    public string Name { get; } = name;

    public ChannelRules Rules { get; } = rules;

    public DeliveryMeters Meters => hub.Meters;

    public SubscriberSet Subscribers { get; } = new();

    /// <summary>How far this node has come in the channel's history; null when none is kept.</summary>
    public ChannelStream? Stream { get; } = rules.History is null ? null : new ChannelStream();

    /// <summary>Who is in the channel; null where nobody is ever told.</summary>
    public Roster? Roster { get; private set; }

    /// <summary>Whether the node has given the channel up.</summary>
    public bool IsClosed => _closed;

    /// <summary>Takes a subscriber in and sees to it that the node is subscribed at the broker.</summary>
    /// <param name="subscription">Who joins.</param>
    /// <param name="interest">Completes when the broker has confirmed; fails when it did not.</param>
    /// <returns>False when the channel was given up at this very moment and must be looked up again.</returns>
    public bool TryJoin(Subscription subscription, out Task interest)
    {
        lock (_gate)
        {
            interest = Task.CompletedTask;
            if (_closed)
                return false;

            _usesDelta |= (subscription.Kind & SubscriptionKind.Delta) != 0;
            if ((subscription.Kind & SubscriptionKind.JoinLeave) != 0)
                (Roster ??= new Roster(this, presence, hub)).Add();
            Subscribers.Add(subscription);
            Meters.Subscribed(Rules);
            if (_interest is null || _interest.IsFaulted || _interest.IsCanceled)
                _interest = SubscribeAsync();
            interest = _interest;
            return true;
        }
    }

    /// <summary>Has a subscriber told of members, and makes it one, where that is wanted. False when the subscription has ended meanwhile.</summary>
    /// <exception cref="BrokerUnavailableException">The back end did not answer.</exception>
    public async ValueTask<bool> TryEnterAsync(Subscription subscription)
    {
        if ((subscription.Kind & SubscriptionKind.JoinLeave) != 0)
            await Roster!.KnownAsync(); // First, so that it is told of itself as well.
        return await subscription.TryEnterAsync(presence);
    }

    public void Leave(Subscription subscription, bool mayReturn)
    {
        if (!Subscribers.Remove(subscription))
            return;

        Meters.Unsubscribed(Rules);

        if (Subscribers.Count == 0)
            hub.Linger(this);
        subscription.Exit(presence, mayReturn);
        if ((subscription.Kind & SubscriptionKind.JoinLeave) != 0)
            Roster!.Remove();
    }

    /// <summary>Takes publications that came live.</summary>
    public void Deliver(ReadOnlySpan<Publication> publications)
    {
        var next = new Broadcast[publications.Length];
        var count = 0;
        foreach (var publication in publications)
        {
            var isTooLate = IsTooLateFor(publication);
            if (Stream is null || publication.Offset == 0)
            {
                if (!isTooLate)
                    next[count++] = MakeBroadcast(publication, previous: 0);
                continue;
            }

            switch (Stream.Take(publication, hub.Interruptions, isTooLate, out var previous))
            {
                case StreamStep.Deliver:
                    next[count++] = MakeBroadcast(publication, previous);
                    break;
                case StreamStep.Mend:
                    Deliver(next, ref count); // They come before what is read from the history.
                    hub.Mend(this);
                    break;
            }
        }

        Deliver(next, ref count);
    }

    /// <summary>Delivers to all subscribers. By one thread at a time.</summary>
    /// <param name="publication">The publication.</param>
    /// <param name="previous">The offset of the one before it; who has less than that lacks something.</param>
    public void DeliverNow(Publication publication, ulong previous) => Deliver(new BroadcastRun(MakeBroadcast(publication, previous)));

    // In walks that bring a client no more than it can be expected to take at once: with more, one that keeps up would count as slow.
    private void Deliver(Broadcast[] next, ref int count)
    {
        for (int start = 0, end; start < count; start = end)
        {
            var bytes = next[start].DataBytes;
            for (end = start + 1; end < count && bytes + next[end].DataBytes <= hub.MaxRunBytes; end++)
                bytes += next[end].DataBytes;
            var run = new BroadcastRun(end - start == next.Length ? next : next[start..end]);
            using var spans = DeliverySpans.Start(Name, run, Subscribers, hub.Node);
            Deliver(run);
        }

        count = 0;
    }

    private void Deliver(BroadcastRun run)
    {
        var delivered = Subscribers.Deliver(run, out var subscribers);
        Meters.Delivered(Rules, run, subscribers, delivered);
    }

    private Broadcast MakeBroadcast(Publication publication, ulong previous)
    {
        var broadcast = new Broadcast(Name, publication, previous, Rules.KeepLatest, ++_sequence, _deltaBase);
        _deltaBase = _usesDelta ? publication.Data.ToArray() : null;
        return broadcast;
    }

    /// <summary>Tells the subscribers that want to know who joined or left.</summary>
    public void Tell(PresenceChangeKind kind, ClientInfo client)
    {
        Span<byte[]?> frames = new byte[]?[FrameFormat.Count];
        foreach (var subscription in Subscribers.ToArray())
        {
            if ((subscription.Kind & SubscriptionKind.JoinLeave) == 0)
                continue;

            var format = subscription.Connection.Format;
            subscription.Connection.Deliver(subscription, frames[format.Index] ??= format.Encode(Name, kind, client));
        }
    }

    public bool IsTooLateFor(Publication publication) => publication.ExpiresAt is { } end && end <= hub.Now;

    /// <summary>Has the clients that count on positions subscribe again.</summary>
    public void BreakSubscriptions()
    {
        foreach (var subscription in Subscribers.ToArray())
            subscription.Connection.Subscriptions.Break(subscription);
    }

    /// <summary>The time to linger is over: gives the channel up if it is still without subscribers.</summary>
    protected internal override void OnDue()
    {
        lock (_gate)
        {
            if (_closed || Subscribers.Count > 0)
                return;

            // What this node has seen of the history is how a back end that was set back is found out, when it returns.
            if (Stream is not null && Stream.TryGetResting(out _) && broker.WhyNotReady is not null)
            {
                hub.Linger(this);
                return;
            }

            _closed = true;
            // In this order and under the lock: whoever looks the channel up anew finds none, and subscribes after this.
            if (_interest is { IsFaulted: false, IsCanceled: false })
                _ = UnsubscribeAsync();
            hub.Remove(this);
        }
    }

    // A broker that throws at once, where it should fail its task, must not leave a subscriber behind that nobody removes, or a channel that is closed for ever.
    private async Task SubscribeAsync() => await broker.SubscribeAsync(Name, CancellationToken.None);

    private async Task UnsubscribeAsync() => await broker.UnsubscribeAsync(Name);
}
