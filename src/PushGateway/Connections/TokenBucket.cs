namespace PushGateway.Connections;

/// <summary>Lets so much through a second, and as much at once as was saved up. Full at first.</summary>
internal sealed class TokenBucket(int perSecond, int burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Takes a token, if there is one.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            FillNeedsLock();
            if (_tokens < 1)
                return false;

            _tokens--;
            return true;
        }
    }

    /// <summary>How many tokens there are now.</summary>
    public int Count()
    {
        lock (_gate)
        {
            FillNeedsLock();
            return (int)_tokens;
        }
    }

    private void FillNeedsLock()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + ((double)(now - _filledAt) / time.TimestampFrequency * perSecond));
        _filledAt = now;
    }
}
