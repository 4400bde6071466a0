using PushGateway.Connections;

namespace PushGateway.Security;

/// <summary>Lets some reports of a kind through a second and counts the rest, so that what comes from outside cannot flood the log.</summary>
internal sealed class FloodGate(TimeProvider time)
{
    // Enough to see who it is and what they try; a flood of one kind then is less than a million lines a day.
    private const int PerSecond = 10;

    private readonly TokenBucket _reports = new(PerSecond, PerSecond, time);
    private long _leftOut;

    /// <param name="leftOut">How many were not reported since the last one that was.</param>
    public bool TryPass(out long leftOut)
    {
        leftOut = 0;
        if (!_reports.TryTake())
        {
            Interlocked.Increment(ref _leftOut);
            return false;
        }

        leftOut = Interlocked.Exchange(ref _leftOut, 0);
        return true;
    }
}
