using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security.Tokens;

namespace PushGateway.Connections;

/// <summary>What one connection is subscribed to, from joining to leaving, and what its client is told of that.</summary>
/// <remarks>
/// Most clients have one to three channels and the limit is low, so that a list searched from its front is smaller than a dictionary and no slower. Guarded by the connection's lock.
/// </remarks>
internal sealed class Subscriptions(Connection connection, Lock gate, Outbox outbox)
{
    private readonly List<Subscription> _all = new(1);
    private bool _closed;

    public int Count
    {
        get
        {
            lock (gate)
                return _all.Count;
        }
    }

    /// <summary>Whether the client is subscribed, or about to be.</summary>
    public bool Contains(string channel) => Find(channel) is not null;

    /// <summary>Adds a joining subscription. Null when that is done, otherwise why not.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="limit">How many there may be.</param>
    public ErrorResult? Add(Subscription subscription, int limit)
    {
        lock (gate)
        {
            if (_closed)
                return ErrorResult.Internal;

            if (IndexOfNeedsLock(subscription.Channel.Name) >= 0)
                return ErrorResult.AlreadySubscribed;

            if (_all.Count >= limit)
                return ErrorResult.LimitExceeded;

            _all.Add(subscription);
            return null;
        }
    }

    /// <summary>Writes the frames that tell the client that it is subscribed, then what was published meanwhile.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="frames">The frames.</param>
    /// <param name="position">The offset up to which they bring the client; null when positions do not matter to it.</param>
    /// <returns>False when the subscription has ended meanwhile.</returns>
    public bool GoLive(Subscription subscription, ReadOnlySpan<byte[]> frames, ulong? position = null)
    {
        CloseReason? end;
        lock (gate)
        {
            if (subscription.State == SubscriptionState.Left)
                return false;

            foreach (var frame in frames)
                outbox.AddBeyondLimitNeedsLock(frame);
            end = subscription.GoLiveNeedsLock(position, outbox);
        }

        Flush(subscription, end);
        return true;
    }

    /// <summary>Goes on by another token. False when the subscription has ended.</summary>
    public bool TryRenew(Subscription subscription, TokenStamp stamp, DateTimeOffset? expiresAt)
    {
        lock (gate)
            return subscription.TryRenewNeedsLock(stamp, expiresAt);
    }

    /// <summary>Whether any of them was let in by what a condition holds for.</summary>
    public bool AnyPermit(Func<TokenStamp, bool> condition)
    {
        lock (gate)
        {
            foreach (var subscription in _all)
                if (subscription.Permit is { } permit && condition(permit.Stamp))
                    return true;
        }

        return false;
    }

    /// <summary>Has the client subscribe again, since what it has of the channel cannot be continued. Does nothing where it does not count on that.</summary>
    public void Break(Subscription subscription)
    {
        lock (gate)
            if (!subscription.TryBreakNeedsLock())
                return;

        EndBroken(subscription);
    }

    /// <summary>Ends a subscription; nothing of the channel is written behind this. Null when there is none.</summary>
    public Subscription? Remove(string channel) => Find(channel) is { } found && Remove(found) ? found : null;

    /// <summary>Ends a subscription. False when it has ended before.</summary>
    public bool Remove(Subscription subscription)
    {
        lock (gate)
            return TryRemoveNeedsLock(subscription);
    }

    /// <summary>Ends a subscription, whoever made it, and tells the client. One that is still being made is refused in place of that. False when there is none.</summary>
    public bool TryUnsubscribe(string channel, UnsubscribeReason reason)
    {
        while (Find(channel) is { } subscription)
            if (TryEnd(subscription, reason))
                return true;

        return false;
    }

    /// <summary>Ends all, and takes no more.</summary>
    /// <param name="mayReturn">Whether the client may come back for them.</param>
    public void Close(bool mayReturn)
    {
        Subscription[] all;
        lock (gate)
        {
            _closed = true;
            all = [.. _all];
            _all.Clear();
            foreach (var subscription in all)
                subscription.LeaveNeedsLock();
        }

        foreach (var subscription in all)
            Hub.Unsubscribe(subscription, mayReturn);
    }

    /// <summary>Writes what waits, or does what a delivery came to.</summary>
    public void Flush(Subscription subscription, CloseReason? end)
    {
        if (end == CloseReason.InsufficientState)
            EndBroken(subscription);
        else
            connection.Flush(end);
    }

    // Nothing of the channel may follow, so it is ended first. The server's own subscriptions are beyond the client's reach: it connects again.
    private void EndBroken(Subscription subscription)
    {
        if ((subscription.Kind & SubscriptionKind.ServerSide) != 0)
            connection.Close(CloseReason.InsufficientState);
        else
            TryEnd(subscription, UnsubscribeReason.InsufficientState);
    }

    /// <summary>Ends a subscription and tells the client, as above.</summary>
    public bool TryEnd(Subscription subscription, UnsubscribeReason reason)
    {
        var frame = connection.Format.Encode(subscription.Channel.Name, reason);
        var fits = true;
        lock (gate)
        {
            var isKnown = subscription.State == SubscriptionState.Live;
            if (!TryRemoveNeedsLock(subscription))
                return false;

            // In one step with the end, or the reply to a new subscribe command could come between.
            if (isKnown)
                fits = outbox.TryAddNeedsLock(frame);
        }

        Hub.Unsubscribe(subscription);
        connection.Flush(fits ? null : CloseReason.Slow);
        return true;
    }

    /// <summary>The subscription to a channel, also one that is still being made; null for none.</summary>
    public Subscription? Find(string channel)
    {
        lock (gate)
            return IndexOfNeedsLock(channel) is >= 0 and var index ? _all[index] : null;
    }

    private bool TryRemoveNeedsLock(Subscription subscription)
    {
        if (!_all.Remove(subscription))
            return false;

        subscription.LeaveNeedsLock();
        return true;
    }

    private int IndexOfNeedsLock(string channel)
    {
        for (var i = 0; i < _all.Count; i++)
            if (_all[i].Channel.Name == channel)
                return i;

        return -1;
    }
}
