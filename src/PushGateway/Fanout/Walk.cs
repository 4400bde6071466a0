using System.Runtime.ExceptionServices;
using PushGateway.Transports;

namespace PushGateway.Fanout;

/// <summary>
/// One walk of publications over the subscribers of a channel. Over many it goes in parts, taken by the delivering thread and by as many of the pool as there are other cores and as come in
/// time. It ends when all parts are done, so that the next publication finds every subscriber behind this one, and orders are kept.
/// </summary>
internal sealed class Walk : IThreadPoolWorkItem
{
    // About a millisecond of system calls: 20 times what it costs to wake a thread on another core.
    private const int PartSubscribers = 256;

    // From here on others help: with less there is little to win.
    private const int SharedSubscribers = 4 * PartSubscribers;

    private readonly Subscription?[] _slots;
    private readonly int _used;
    private readonly BroadcastRun _run;
    private readonly TaskCompletionSource _done = new();
    private int _taken, _unfinished, _delivered;
    private Exception? _failure;

    private Walk(Subscription?[] slots, int used, BroadcastRun run)
    {
        (_slots, _used, _run) = (slots, used, run);
        _unfinished = (used + PartSubscribers - 1) / PartSubscribers;
    }

    /// <summary>Delivers to those in the first slots, and returns when all have been: how many were handed over, all subscribers together.</summary>
    public static int Deliver(Subscription?[] slots, int used, BroadcastRun run)
    {
        var helpers = Environment.ProcessorCount - 1;
        if (used < SharedSubscribers || helpers == 0)
            return Deliver(slots.AsSpan(0, used), run);

        return new Walk(slots, used, run).DeliverWith(helpers);
    }

    /// <summary>Takes parts until none is left.</summary>
    public void Execute()
    {
        int start;
        while ((start = Interlocked.Add(ref _taken, PartSubscribers) - PartSubscribers) < _used)
        {
            try
            {
                Interlocked.Add(ref _delivered, Deliver(_slots.AsSpan(start, Math.Min(PartSubscribers, _used - start)), _run));
            }
#pragma warning disable CA1031 // It is thrown on the delivering thread, as if there were no other.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _failure = failure;
            }

            if (Interlocked.Decrement(ref _unfinished) == 0)
                _done.SetResult();
        }
    }

    private static int Deliver(ReadOnlySpan<Subscription?> subscriptions, BroadcastRun run)
    {
        var delivered = 0;
        foreach (var subscription in subscriptions)
            if (subscription is not null)
                delivered += subscription.Connection.Deliver(subscription, run);
        return delivered;
    }

    // Who comes late finds nothing left, and holds up nobody. What is waited for is a part of each helper at most.
    private int DeliverWith(int helpers)
    {
        for (var parts = _unfinished; helpers > 0 && parts > 1; helpers--, parts--)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        Execute();
        _done.Task.GetAwaiter().GetResult();
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
        return _delivered;
    }
}
