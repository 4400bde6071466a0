namespace PushGateway.Diagnostics.Floods;

/// <summary>Lets some events of one kind through a second, the first always, and counts the rest, so that what comes from outside cannot flood the log.</summary>
/// <param name="limit">How many a second.</param>
/// <param name="reports">Calls for the count.</param>
/// <param name="report">Logs how many were left out since the last time.</param>
internal sealed class FloodGate(FloodLimit limit, FloodReports reports, Action<long> report)
{
    private readonly Lock _lock = new();
    private long _begun;
    private int _passed;
    private long _leftOut;

    /// <summary>Whether the event is to be logged.</summary>
    public bool TryPass()
    {
        var perSecond = limit.PerSecond;
        if (perSecond == 0)
            return true;

        lock (_lock)
        {
            var now = reports.Time.GetTimestamp();
            if (_passed == 0 || now - _begun >= reports.Time.TimestampFrequency)
            {
                _begun = now;
                _passed = 0;
            }

            if (_passed < perSecond)
            {
                _passed++;
                return true;
            }

            if (++_leftOut > 1)
                return false;
        }

        reports.Add(this);
        return false;
    }

    /// <summary>Has what was left out logged.</summary>
    public void Report()
    {
        long count;
        lock (_lock)
        {
            count = _leftOut;
            _leftOut = 0;
        }

        if (count > 0)
            report(count);
    }
}
