using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PushGateway.Connections;

/// <summary>
/// Keeps all deadlines of a node: a wheel with a bucket for each second, turned by one timer. Setting, moving and clearing a deadline costs a few
/// assignments, whatever the number of connections.
/// </summary>
/// <remarks>
/// A deadline is met up to a second early and never late while the node runs: a delay of 8 s ends 7 to 8 s from now. Time is counted in turns of the wheel and
/// not by the clock, so that a node that was suspended does not find all its clients overdue when it wakes, before it has read what they sent.
/// </remarks>
internal sealed partial class Sweeper(TimeProvider time, ILogger<Sweeper> logger) : BackgroundService
{
    /// <summary>The turn of the wheel, and so the precision of all deadlines.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    // Longer than the usual deadlines; an entry that is due in a later round stays in its bucket until then.
    private const int Buckets = 64;

    private readonly Lock _gate = new();
    private readonly Scheduled?[] _buckets = new Scheduled?[Buckets];
    private readonly List<Scheduled> _due = [];
    private long _now;

    /// <summary>Sets the deadline of an entry, in place of the one it had.</summary>
    public void Schedule(Scheduled entry, TimeSpan delay)
    {
        var ticks = Math.Max(1, (long)(delay / Tick));
        lock (_gate)
        {
            Unlink(entry);
            entry.DueTick = _now + ticks;
            entry.IsScheduled = true;
            ref var bucket = ref _buckets[entry.DueTick % Buckets];
            entry.Next = bucket;
            if (bucket is not null)
                bucket.Previous = entry;
            bucket = entry;
        }
    }

    /// <summary>Clears the deadline of an entry, if it has one.</summary>
    public void Cancel(Scheduled entry)
    {
        lock (_gate)
            Unlink(entry);
    }

    /// <summary>Turns the wheel by one second.</summary>
    internal void Turn()
    {
        lock (_gate)
        {
            _now++;
            for (var entry = _buckets[_now % Buckets]; entry is not null;)
            {
                var next = entry.Next;
                if (entry.DueTick <= _now)
                {
                    Unlink(entry);
                    _due.Add(entry);
                }

                entry = next;
            }
        }

        foreach (var entry in _due)
        {
            try
            {
                entry.OnDue();
            }
#pragma warning disable CA1031 // One entry's failure must not stop the time of all others.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                Log.DeadlineFailed(logger, failure);
            }
        }

        _due.Clear();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Turn();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void Unlink(Scheduled entry)
    {
        if (!entry.IsScheduled)
            return;

        if (entry.Previous is null)
            _buckets[entry.DueTick % Buckets] = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is not null)
            entry.Next.Previous = entry.Previous;
        entry.Previous = entry.Next = null;
        entry.IsScheduled = false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A deadline failed.")]
        public static partial void DeadlineFailed(ILogger logger, Exception failure);
    }
}
