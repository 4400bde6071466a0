using PushGateway.Brokers;
using PushGateway.Connections;

namespace PushGateway.Fanout;

/// <summary>
/// A channel that someone on this node wants: its subscribers here, and the node's own subscription at the broker, which lasts a little longer than
/// the last of them.
/// </summary>
internal sealed class LocalChannel(string name, Hub hub, IBroker broker) : Scheduled
{
    private readonly Lock _gate = new();
    private Task? _interest;
    private bool _closed;

    public string Name { get; } = name;

    public SubscriberSet Subscribers { get; } = new();

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

            Subscribers.Add(subscription);
            if (_interest is null || _interest.IsFaulted || _interest.IsCanceled)
                _interest = SubscribeAsync();
            interest = _interest;
            return true;
        }
    }

    public void Leave(Subscription subscription)
    {
        if (Subscribers.Remove(subscription) && Subscribers.Count == 0)
            hub.Linger(this);
    }

    /// <summary>The time to linger is over: gives the channel up if it is still without subscribers.</summary>
    protected internal override void OnDue()
    {
        lock (_gate)
        {
            if (_closed || Subscribers.Count > 0)
                return;

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
