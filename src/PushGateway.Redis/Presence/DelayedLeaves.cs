using PushGateway.Presence;

namespace PushGateway.Redis.Presence;

/// <summary>Members that are gone and may return, until their time is over. By one timer.</summary>
internal sealed class DelayedLeaves : IDisposable
{
    // Those that are due within this time go together.
    private static readonly TimeSpan Precision = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly Action<Membership> _due;
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Membership, long> _waiting = new();
    private readonly ITimer _timer;
    private bool _isDisposed;

    /// <param name="time">All time comes from it.</param>
    /// <param name="due">Called for each whose time is over. Returns soon and does not throw.</param>
    public DelayedLeaves(TimeProvider time, Action<Membership> due)
    {
        _time = time;
        _due = due;
        _timer = time.CreateTimer(static self => ((DelayedLeaves)self!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(Membership membership, TimeSpan delay)
    {
        lock (_lock)
        {
            _waiting.Enqueue(membership, _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency));
            SetTimer_NeedsLock();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timer.Dispose();
        }
    }

    private void Expire()
    {
        var due = new List<Membership>();
        lock (_lock)
        {
            while (_waiting.TryPeek(out var membership, out var at) && at <= _time.GetTimestamp())
            {
                _waiting.Dequeue();
                due.Add(membership);
            }

            SetTimer_NeedsLock();
        }

        foreach (var membership in due)
            _due(membership);
    }

    private void SetTimer_NeedsLock()
    {
        if (_isDisposed || !_waiting.TryPeek(out _, out var at))
            return;
        var left = _time.GetElapsedTime(_time.GetTimestamp(), at);
        _timer.Change(left > Precision ? left : Precision, Timeout.InfiniteTimeSpan);
    }
}
