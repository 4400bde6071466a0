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

    public void Add(Subscription subscription) => _subscriptions.Add(subscription);

    /// <summary>Ends a subscription. Null when there is none.</summary>
    public Subscription? Remove(string channel)
    {
        var index = IndexOf(channel);
        if (index < 0)
            return null;

        var subscription = _subscriptions[index];
        _subscriptions.RemoveAt(index);
        subscription.LeaveNeedsLock();
        return subscription;
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
