using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PushGateway.Connections;

/// <summary>
/// Keeps all deadlines of a node: a wheel with a bucket for each second, turned by one timer. Setting, moving and clearing a deadline costs a few
/// assignments, whatever the number of connections.
/// </summary>
/// <remarks>
/// A deadline is never early, and late by a second at most: a delay of 8 s ends 8 to 9 s from now. Deadlines that follow each other by <see cref="Postpone"/> keep
/// their distance exactly. Time is counted in turns of the wheel and not by the clock, so that a node that was suspended does not find all its clients overdue
/// when it wakes, before it has read what they sent.
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
        lock (_gate)
            ScheduleNeedsLock(entry, _now + 1 + Ticks(delay)); // One more, since the present second has begun already.
    }

    /// <summary>Sets the deadline of an entry to so much after the one it has or, when that has come, had.</summary>
    public void Postpone(Scheduled entry, TimeSpan by)
    {
        lock (_gate)
            ScheduleNeedsLock(entry, Math.Max(entry.DueTick + Ticks(by), _now + 1));
    }

    /// <summary>Clears the deadline of an entry, if it has one.</summary>
    public void Cancel(Scheduled entry)
    {
        lock (_gate)
        {
            Unlink(entry);
            entry.IsDue = false;
        }
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
                    entry.IsDue = true;
                    _due.Add(entry);
                }

                entry = next;
            }
        }

        foreach (var entry in _due)
        {
            try
            {
                if (IsStillDue(entry))
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

    // Another thread may have set or cleared the deadline since it was found to have come.
    private bool IsStillDue(Scheduled entry)
    {
        lock (_gate)
        {
            var due = entry.IsDue;
            entry.IsDue = false;
            return due;
        }
    }

    private static long Ticks(TimeSpan delay) => Math.Max(0, (long)Math.Ceiling(delay / Tick));

    private void ScheduleNeedsLock(Scheduled entry, long dueTick)
    {
        Unlink(entry);
        entry.DueTick = dueTick;
        entry.IsScheduled = true;
        entry.IsDue = false;
        ref var bucket = ref _buckets[dueTick % Buckets];
        entry.Next = bucket;
        if (bucket is not null)
            bucket.Previous = entry;
        bucket = entry;
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
