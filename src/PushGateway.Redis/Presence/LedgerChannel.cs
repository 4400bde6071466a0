using PushGateway.Presence;

namespace PushGateway.Redis.Presence;

/// <summary>
/// The members that this node has in one channel, and the bringing of Redis to the same state: one command at a time, with all that has changed meanwhile, always as it stands when the command
/// is sent. So nothing overtakes anything, and what failed is simply written again.
/// </summary>
internal sealed class LedgerChannel
{
    // Members in one command. What takes Redis a millisecond or two.
    private const int MaxPoints = 100;
    private const int MaxChunk = 200;

    private static readonly Comparer<(Guid Id, LedgerEntry? Entry)> ById = Comparer<(Guid Id, LedgerEntry? Entry)>.Create(static (x, y) => x.Id.CompareTo(y.Id));

    private readonly Ledger _ledger;
    private readonly ChannelCommands _commands;
    private readonly Lock _lock = new();
    private readonly SortedSet<(Guid Id, LedgerEntry? Entry)> _entries = new(ById);
    private readonly Queue<LedgerEntry> _changed = new();
    private MembershipRules? _rules;
    private Task<bool> _writing = Task.FromResult(true);
    private bool _isWriting, _isWhole, _isRetired;
    private int _disturbances;
    private long _emptied;

    public LedgerChannel(string name, Ledger ledger)
    {
        Name = name;
        _ledger = ledger;
        _commands = new ChannelCommands(name, ledger, RewriteAll);
    }

    public string Name { get; }

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
            _ledger.Count(1);
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
        _commands.Disturb();
        RewriteAll();
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

    private void RewriteAll()
    {
        lock (_lock)
        {
            _disturbances++;
            _isWhole = true;
        }
    }

    private bool HasWork_NeedsLock => _isWhole || _changed.Count > 0;

    private Task Remove_NeedsLock(LedgerEntry entry)
    {
        if (_entries.Remove((entry.Membership.Connection, null)))
            _ledger.Count(-1);
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
            _ledger.Emptied(this, ++_emptied);
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

            _ledger.Unsettled(this, e);
            return false;
        }
    }

    private async ValueTask WriteChangesAsync(List<(LedgerEntry Entry, LedgerState State)> changes)
    {
        long time;
        do
            time = await _commands.WriteAsync(_rules, TakeChanges(changes), isRepeated: false);
        while (!await _commands.IsCertainAsync(time));
        foreach (var (entry, state) in changes)
            entry.Done(state);
    }

    private async ValueTask WriteWholeAsync()
    {
        int disturbances;
        await _commands.EnterAsync();
        lock (_lock)
            disturbances = _disturbances;

        var time = long.MaxValue;
        do
        {
            Guid? from = Guid.Empty;
            while (from is { } first)
                time = Math.Min(time, await _commands.WriteAsync(_rules, [TakeChunk(first, out from)], isRepeated: true));
        }
        while (!await _commands.IsCertainAsync(time));

        lock (_lock)
        {
            if (disturbances != _disturbances)
                return;
            _isWhole = false;
            _commands.ForgetFormer();
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
}
