namespace PushGateway.Redis;

/// <summary>Lets one report through in ten seconds and counts the rest, so that what comes from outside cannot flood the log.</summary>
internal sealed class SparseLog(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private long _reportedAt;
    private long _count;

    /// <summary>All that was ever counted.</summary>
    public long Total { get; private set; }

    /// <param name="count">How many there were since the last report, this one included.</param>
    public bool TryTake(out long count)
    {
        lock (_lock)
        {
            Total++;
            count = ++_count;
            if (_reportedAt != 0 && time.GetElapsedTime(_reportedAt) < Interval)
                return false;
            _reportedAt = time.GetTimestamp();
            _count = 0;
            return true;
        }
    }
}
