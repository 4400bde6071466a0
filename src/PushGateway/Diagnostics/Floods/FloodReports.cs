using System.Collections.Concurrent;

namespace PushGateway.Diagnostics.Floods;

/// <summary>Has what gates left out reported, within a second of the first one left out, whether the flood goes on or not, and at the end.</summary>
internal sealed class FloodReports : IDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<FloodGate> _due = new();
    private readonly ITimer _timer;
    private int _isArmed;
    private volatile bool _isDisposed;

    public FloodReports(TimeProvider time)
    {
        Time = time;
        _timer = time.CreateTimer(static reports => ((FloodReports)reports!).ReportWhenDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeProvider Time { get; }

    /// <summary>Has a gate report. To be called for the first event that it leaves out behind a report.</summary>
    public void Add(FloodGate gate)
    {
        _due.Enqueue(gate);
        if (_isDisposed)
            Report();
        else if (Interlocked.Exchange(ref _isArmed, 1) == 0)
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        Report();
    }

    private void ReportWhenDue()
    {
        Volatile.Write(ref _isArmed, 0);
        Report();
    }

    private void Report()
    {
        while (_due.TryDequeue(out var gate))
            gate.Report();
    }
}
