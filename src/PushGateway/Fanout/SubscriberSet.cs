using PushGateway.Transports;

namespace PushGateway.Fanout;

/// <summary>
/// The subscribers of one channel on this node. A walk over them takes no lock, so that subscribing to a large channel does not wait for a
/// publication that is being delivered.
/// </summary>
/// <remarks>
/// Who joins during a walk is behind its end. Who leaves during a walk leaves a hole, closed after it. An array that was outgrown during a walk
/// still names those who left since; their state says so.
/// </remarks>
internal sealed class SubscriberSet
{
    // Below this an array is too small for shrinking to be worth a copy.
    private const int SmallestShrunk = 16;

    private readonly Lock _gate = new();
    private Subscription?[] _slots = [];
    private int _used;
    private int _holes;
    private bool _walking;

    public int Count
    {
        get
        {
            lock (_gate)
                return _used - _holes;
        }
    }

    public Subscription[] ToArray()
    {
        lock (_gate)
        {
            var all = new Subscription[_used - _holes];
            var count = 0;
            foreach (var subscription in _slots.AsSpan(0, _used))
                if (subscription is not null)
                    all[count++] = subscription;
            return all;
        }
    }

    public void Add(Subscription subscription)
    {
        lock (_gate)
        {
            if (_used == _slots.Length)
                Array.Resize(ref _slots, Math.Max(1, _used * 2));
            subscription.Slot = _used;
            _slots[_used++] = subscription;
        }
    }

    /// <summary>Takes a subscription out. False when it is not in.</summary>
    public bool Remove(Subscription subscription)
    {
        lock (_gate)
        {
            var slot = subscription.Slot;
            if (slot == Subscription.NoSlot)
                return false;

            subscription.Slot = Subscription.NoSlot;
            _slots[slot] = null;
            _holes++;
            if (!_walking)
                CloseHolesNeedsLock(slot);
            return true;
        }
    }

    /// <summary>Delivers publications to everyone. Called by one thread at a time.</summary>
    /// <param name="run">The publications.</param>
    /// <param name="subscribers">How many there were.</param>
    /// <returns>How many were handed over, all subscribers together.</returns>
    public int Deliver(BroadcastRun run, out int subscribers)
    {
        Subscription?[] slots;
        int used;
        lock (_gate)
        {
            (slots, used, subscribers) = (_slots, _used, _used - _holes);
            _walking = true;
        }

        try
        {
            return Walk.Deliver(slots, used, run);
        }
        finally
        {
            lock (_gate)
            {
                _walking = false;
                CloseHolesNeedsLock(0);
            }
        }
    }

    /// <summary>Moves subscriptions from the end into the holes, the first of which is at the given slot or behind it.</summary>
    private void CloseHolesNeedsLock(int slot)
    {
        while (_holes > 0)
        {
            _holes--;
            var last = _slots[--_used];
            _slots[_used] = null;
            if (last is null)
                continue; // The end itself was a hole.

            while (_slots[slot] is not null)
                slot++;
            _slots[slot] = last;
            last.Slot = slot;
        }

        if (_slots.Length > SmallestShrunk && _used < _slots.Length / 4)
            Array.Resize(ref _slots, _slots.Length / 2);
    }
}
