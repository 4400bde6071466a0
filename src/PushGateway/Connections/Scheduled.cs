namespace PushGateway.Connections;

/// <summary>Something with one deadline at a time, kept by the <see cref="Sweeper"/>. Its links live in it, so that a deadline costs no allocation.</summary>
internal abstract class Scheduled
{
    // The sweeper's own, under its lock.
    internal Scheduled? Previous, Next;
    internal long DueTick;
    internal bool IsScheduled, IsDue;

    /// <summary>Called by the sweeper when the deadline has come; the entry is then no longer scheduled. Must not block.</summary>
    protected internal abstract void OnDue();
}
