namespace PushGateway.Redis.Brokers;

/// <summary>
/// Translates Redis' time into this node's. Each reply that carries Redis' time is a sample: Redis looked at its clock between the moment of asking and the moment of the
/// answer. Until the first, the two clocks count as equal.
/// </summary>
internal sealed class RedisClock(TimeProvider time)
{
    // Clocks drift by milliseconds a minute at the worst: a sample that took longer to get is better than an older one from then on.
    private static readonly TimeSpan SampleLife = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private TimeSpan _ahead;
    private TimeSpan _error = TimeSpan.MaxValue;
    private long _takenAt;

    /// <summary>This node's time.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>How far this node's clock is ahead of Redis'.</summary>
    public TimeSpan Ahead
    {
        get
        {
            lock (_lock)
                return _ahead;
        }
    }

    /// <summary>Takes a sample.</summary>
    /// <param name="asked">This node's time before Redis was asked.</param>
    /// <param name="redisTime">What Redis answered, in Unix ms.</param>
    public void Sample(DateTimeOffset asked, long redisTime) => Take(asked, DateTimeOffset.FromUnixTimeMilliseconds(redisTime), Millisecond);

    /// <summary>Takes a sample of Redis' full precision, to which those of milliseconds give way.</summary>
    /// <param name="asked">This node's time before Redis was asked.</param>
    /// <param name="redisTime">What Redis answered, in Unix µs.</param>
    public void SampleMicroseconds(DateTimeOffset asked, long redisTime) =>
        Take(asked, DateTimeOffset.UnixEpoch.AddTicks(redisTime * TimeSpan.TicksPerMicrosecond), Microsecond);

    /// <summary>Redis' time at a moment of this node's time, in Unix ms.</summary>
    public long ToRedis(DateTimeOffset local)
    {
        lock (_lock)
            return (local - _ahead).ToUnixTimeMilliseconds();
    }

    /// <summary>This node's time at a moment of Redis' time.</summary>
    /// <param name="redisTime">In Unix ms.</param>
    public DateTimeOffset ToLocal(long redisTime)
    {
        lock (_lock)
            return DateTimeOffset.FromUnixTimeMilliseconds(redisTime) + _ahead;
    }

    private void Take(DateTimeOffset asked, DateTimeOffset redisTime, TimeSpan precision)
    {
        var answered = time.GetUtcNow();
        if (answered < asked)
            return; // This node's clock was set meanwhile.

        var half = (answered - asked) / 2;
        var ahead = asked + half - redisTime;
        var error = half + precision;
        lock (_lock)
        {
            // One that contradicts what is known, however coarse, tells that a clock was set, or that another Redis answers now.
            var contradicts = _error != TimeSpan.MaxValue && (ahead - _ahead).Duration() > error + _error;
            if (error > _error && !contradicts && time.GetElapsedTime(_takenAt) < SampleLife)
                return;
            _ahead = ahead;
            _error = error;
            _takenAt = time.GetTimestamp();
        }
    }
}
