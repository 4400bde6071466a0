using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Redis.Cluster;

namespace PushGateway.Redis.Presence;

/// <summary>
/// The members that this node has in one channel, and the bringing of Redis to the same state: one command at a time, with all that has changed meanwhile, always as it stands when the command
/// is sent. So nothing overtakes anything, and what failed is simply written again.
/// </summary>
/// <remarks>
/// A command whose answer is missing may still be carried out: by a Redis that was frozen, from a connection that was given up since. But not behind its deadline, which it carries with it;
/// what is written by then is written once more.
/// </remarks>
internal sealed class LedgerChannel(string name, Ledger ledger)
{
    // Members in one command. What takes Redis a millisecond or two.
    private const int MaxPoints = 100;
    private const int MaxChunk = 200;

    // Incarnations that the node had before and under which there may be members. Each took a lease that was lost at least: more than these are none that lived.
    private const int MaxFormer = 4;

    private const int MaxAttempts = 5;

    private static readonly Comparer<(Guid Id, LedgerEntry? Entry)> ById = Comparer<(Guid Id, LedgerEntry? Entry)>.Create(static (x, y) => x.Id.CompareTo(y.Id));

    private readonly Lock _lock = new();
    private readonly SortedSet<(Guid Id, LedgerEntry? Entry)> _entries = new(ById);
    private readonly Queue<LedgerEntry> _changed = new();
    private MembershipRules? _rules;
    private Task<bool> _writing = Task.FromResult(true);
    private bool _isWriting, _isWhole, _isRepeated, _isRetired;
    private int _disturbances;
    private string? _indexedUnder, _writtenUnder;
    private string _former = "";
    private long _uncertainUntil;
    private long _emptied;

    public string Name { get; } = name;

    /// <summary>Adds a member. False when the channel was given up at this very moment and must be looked up again.</summary>
    public bool TryJoin(LedgerEntry entry)
    {
        lock (_lock)
        {
            if (_isRetired)
                return false;

            var id = entry.Membership.Connection;
            if (_entries.TryGetValue((id, null), out var former))
                Remove_NeedsLock(former.Entry!);
            _rules = entry.Membership.Rules;
            _entries.Add((id, entry));
            Change_NeedsLock(entry);
            return true;
        }
    }

    /// <summary>Takes a member out, or has it wait for its return. Completes when Redis has that; null when it is not there.</summary>
    public Task? LeaveAsync(Membership membership, bool mayReturn)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue((membership.Connection, null), out var found) || found.Entry!.Membership != membership)
                return null;

            var entry = found.Entry;
            if (!mayReturn)
                return Remove_NeedsLock(entry);
            if (entry.State is LedgerState.Present)
                Change_NeedsLock(entry);
            return entry.MoveTo(LedgerState.Waiting);
        }
    }

    /// <summary>All members leave, waiting or not. Completes when that was tried.</summary>
    public Task LeaveAllAsync()
    {
        lock (_lock)
            foreach (var (_, entry) in _entries.ToArray())
                Remove_NeedsLock(entry!);
        return SettleAsync();
    }

    /// <summary>Redis may not have all that it had: everything is to be written again.</summary>
    public void Disturb()
    {
        lock (_lock)
        {
            _disturbances++;
            _isWhole = true;
            _indexedUnder = null;
        }
    }

    /// <summary>Writes what is to be written; completes when that was done, or failed.</summary>
    public async Task SettleAsync()
    {
        bool wasWhole;
        do
        {
            Task<bool> writing;
            lock (_lock)
            {
                wasWhole = _isWhole;
                if (!_isWriting && !TryWrite_NeedsLock())
                    return;
                writing = _writing;
            }

            if (!await writing)
                return;
        }
        while (wasWhole); // What was under way may have been something else.
    }

    /// <summary>Gives the channel up if it has been empty since then. It is to be taken off the index.</summary>
    public bool TryRetire(long emptied)
    {
        lock (_lock)
            return _isRetired = _emptied == emptied && !_isWriting && !HasWork_NeedsLock && _entries.Count == 0;
    }

    private bool HasWork_NeedsLock => _isWhole || _changed.Count > 0;

    private Task Remove_NeedsLock(LedgerEntry entry)
    {
        _entries.Remove((entry.Membership.Connection, null));
        Change_NeedsLock(entry);
        return entry.MoveTo(LedgerState.Left);
    }

    private void Change_NeedsLock(LedgerEntry entry)
    {
        _changed.Enqueue(entry);
        if (!_isWriting)
            TryWrite_NeedsLock();
    }

    private bool TryWrite_NeedsLock()
    {
        _isWriting = HasWork_NeedsLock;
        if (_isWriting)
            _writing = Task.Run(WriteAsync);
        else if (_entries.Count == 0)
            ledger.Emptied(this, ++_emptied);
        return _isWriting;
    }

    /// <summary>Writes everything if that is needed, or a part of what has changed. False when Redis did not take it.</summary>
    private async Task<bool> WriteAsync()
    {
        List<(LedgerEntry Entry, LedgerState State)> changes = [];
        try
        {
            if (Volatile.Read(ref _isWhole))
                await WriteWholeAsync();
            else
                await WriteChangesAsync(changes);
            lock (_lock)
                TryWrite_NeedsLock();
            return true;
        }
        catch (Exception e)
        {
            // Whatever it was, it is tried again. Those who wait for a member to be written do so for the time of a command.
            lock (_lock)
            {
                foreach (var (entry, _) in changes)
                    _changed.Enqueue(entry);
                _isWriting = false;
            }

            ledger.Unsettled(this, e);
            return false;
        }
    }

    private async ValueTask WriteChangesAsync(List<(LedgerEntry Entry, LedgerState State)> changes)
    {
        long time;
        do
            time = await WriteAsync(TakeChanges(changes));
        while (!await IsCertainAsync(time));
        foreach (var (entry, state) in changes)
            entry.Done(state);
    }

    private async ValueTask WriteWholeAsync()
    {
        int disturbances;
        await EnterAsync();
        lock (_lock)
            disturbances = _disturbances;

        var time = long.MaxValue;
        do
        {
            Guid? from = Guid.Empty;
            while (from is { } first)
                time = Math.Min(time, await WriteAsync([TakeChunk(first, out from)]));
        }
        while (!await IsCertainAsync(time));

        lock (_lock)
        {
            if (disturbances != _disturbances)
                return;
            _isWhole = false;
            _former = "";
        }
    }

    /// <summary>What stands now for those that have changed.</summary>
    private List<MemberRange> TakeChanges(List<(LedgerEntry Entry, LedgerState State)> changes)
    {
        var ranges = new List<MemberRange>();
        lock (_lock)
        {
            // Those of an attempt before, as they stand by now.
            for (var i = 0; i < changes.Count; i++)
                changes[i] = (changes[i].Entry, changes[i].Entry.State);
            while (changes.Count < MaxPoints && _changed.TryDequeue(out var entry))
                changes.Add((entry, entry.State));
            foreach (var id in changes.Select(change => change.Entry.Membership.Connection).Distinct())
                ranges.Add(new MemberRange(
                    MemberEntry.IdOf(id),
                    MemberEntry.IdBehind(id),
                    _entries.TryGetValue((id, null), out var found) ? [found.Entry!.Write()] : []));
        }

        return ranges;
    }

    /// <summary>What stands now from this id on.</summary>
    private MemberRange TakeChunk(Guid from, out Guid? next)
    {
        next = null;
        var entries = new List<byte[]>();
        lock (_lock)
            foreach (var (id, entry) in _entries.GetViewBetween((from, null), (Guid.AllBitsSet, null)))
            {
                if (entries.Count == MaxChunk)
                {
                    next = id;
                    break;
                }

                entries.Add(entry!.Write());
            }

        return new MemberRange(MemberEntry.IdOf(from), next is { } end ? MemberEntry.IdOf(end) : [], entries);
    }

    /// <summary>Whether nothing can come any more of a command whose answer is missing. If something could, waits until that is over.</summary>
    private async ValueTask<bool> IsCertainAsync(long time)
    {
        if (time > _uncertainUntil)
            return true;

        var wait = TimeSpan.FromMilliseconds(_uncertainUntil - time + 1);
        await Task.Delay(wait < ledger.Options.CommandTimeout ? wait : ledger.Options.CommandTimeout, ledger.Time);
        _uncertainUntil = 0;
        return false;
    }

    /// <summary>Writes, and returns when by Redis' time.</summary>
    private async ValueTask<long> WriteAsync(IReadOnlyList<MemberRange> ranges)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var lease = await EnterAsync();
            MembersAnswer answer;
            do
                answer = await WriteAsync(lease, ranges);
            while (answer.HasMore);
            if (answer.Transition is { } user)
                ledger.Announcer.Add(Name, user, answer.Version);
            if (!answer.IsTooLate)
                return answer.Time;
            await ledger.Lease.RefreshAsync();
        }

        throw new BrokerUnavailableException("Redis did not answer in time.");
    }

    private async ValueTask<MembersAnswer> WriteAsync(LeaseView lease, IReadOnlyList<MemberRange> ranges)
    {
        await ledger.Window.WaitAsync();
        var left = ledger.Time.GetElapsedTime(ledger.Time.GetTimestamp(), lease.EndsAt);
        var wait = left < ledger.Options.CommandTimeout ? left : ledger.Options.CommandTimeout;
        var deadline = ledger.Clocks.In(wait, Name);
        try
        {
            var asked = ledger.Lease.Clock.Now;
            var answer = await ledger.Writer.WriteAsync(Name, lease.Incarnation, _former, deadline, _rules, _isRepeated || _isWhole, ranges);
            ledger.Clocks.Sample(Name, asked, answer.Time);
            _isRepeated &= answer.IsTooLate;
            return answer;
        }
        catch (BrokerUnavailableException)
        {
            _uncertainUntil = Math.Max(_uncertainUntil, deadline);
            _isRepeated = true;
            throw;
        }
        finally
        {
            ledger.Window.Release();
        }
    }

    /// <summary>Sees to it that the node is alive, under which incarnation, and that the channel is on the index of that.</summary>
    private async ValueTask<LeaseView> EnterAsync()
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var lease = await ledger.Lease.GetOwnAsync();
            int disturbances;
            lock (_lock)
            {
                if (_writtenUnder is not null && _writtenUnder != lease.Incarnation)
                {
                    _former = _writtenUnder + _former[..Math.Min(_former.Length, (MaxFormer - 1) * MemberEntry.IncarnationBytes)];
                    _isWhole = true;
                    _disturbances++;
                }

                disturbances = _disturbances;
                _writtenUnder = lease.Incarnation;
                if (_indexedUnder == lease.Incarnation)
                    return lease;
            }

            if (!await ledger.Index.AddAsync(Name, lease))
            {
                await ledger.Lease.RefreshAsync();
                continue;
            }

            lock (_lock)
                if (disturbances == _disturbances)
                    _indexedUnder = lease.Incarnation;
        }

        throw new BrokerUnavailableException("The lease of this node is lost again and again.");
    }
}
