using PushGateway.Fanout;

namespace PushGateway.Connections;

/// <summary>
/// What one connection is subscribed to. Most clients have one to three channels and the limit is low, so that a list searched from its front is smaller than a
/// dictionary and no slower. Guarded by the connection's lock.
/// </summary>
internal sealed class SubscriptionList
{
    private readonly List<Subscription> _subscriptions = new(1);

    public int Count => _subscriptions.Count;

    public bool Contains(string channel) => IndexOf(channel) >= 0;

    public Subscription? Find(string channel) => IndexOf(channel) is >= 0 and var index ? _subscriptions[index] : null;

    public void Add(Subscription subscription) => _subscriptions.Add(subscription);

    /// <summary>Ends a subscription. False when it has ended before.</summary>
    public bool Remove(Subscription subscription)
    {
        if (!_subscriptions.Remove(subscription))
            return false;

        subscription.LeaveNeedsLock();
        return true;
    }

    /// <summary>Ends all subscriptions and returns them.</summary>
    public Subscription[] RemoveAll()
    {
        Subscription[] all = [.. _subscriptions];
        _subscriptions.Clear();
        foreach (var subscription in all)
            subscription.LeaveNeedsLock();
        return all;
    }

    private int IndexOf(string channel)
    {
        for (var i = 0; i < _subscriptions.Count; i++)
            if (_subscriptions[i].Channel.Name == channel)
                return i;

        return -1;
    }
}
