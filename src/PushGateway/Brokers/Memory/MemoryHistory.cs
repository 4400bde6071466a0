using PushGateway.Channels;

namespace PushGateway.Brokers.Memory;

/// <summary>What is kept of one channel: its newest publications, its position and the version it has seen. Not for several threads at once.</summary>
internal sealed class MemoryHistory(long keptUntil) : IExpiring
{
    // In front of _first are those that were dropped, as nulls, until they are half of the list: so dropping the oldest costs no copying on average.
    private readonly List<Publication?> _entries = [];
    private int _first;
    private long _entriesUntil;
    private long _keptUntil = keptUntil;
    private string? _epoch;
    private ulong _top;

    /// <summary>The highest version published; null when none had one.</summary>
    public ulong? Version { get; set; }

    /// <summary>Null for a channel that has a version only.</summary>
    public StreamPosition? Position => _epoch is null ? null : new StreamPosition(_top, _epoch);

    /// <inheritdoc/>
    public long DueAt => Count > 0 ? Math.Min(_entriesUntil, _keptUntil) : _keptUntil;

    private int Count => _entries.Count - _first;

    private ulong Oldest => _top - (ulong)Count + 1;

    /// <summary>Keeps the position and the version until then, and not shorter than was said before.</summary>
    public void KeepUntil(long time) => _keptUntil = Math.Max(_keptUntil, time);

    /// <summary>The position, an epoch included.</summary>
    public StreamPosition Begin() => new(_top, _epoch ??= Epoch.New());

    /// <summary>Numbers a publication and keeps it.</summary>
    /// <param name="publication">With its time.</param>
    /// <param name="limits">What is kept.</param>
    /// <param name="now">In Unix ms.</param>
    public Publication Append(Publication publication, HistoryLimits limits, long now)
    {
        Begin();
        var entry = publication with { Offset = ++_top, Epoch = _epoch };
        _entries.Add(entry);
        _entriesUntil = now + (long)limits.Ttl.TotalMilliseconds;
        _keptUntil = now + (long)limits.MetaTtl.TotalMilliseconds;
        Trim(limits, now);
        return entry;
    }

    /// <summary>Goes on under another epoch, if it still has this one.</summary>
    public void Renew(string epoch)
    {
        if (_epoch != epoch)
            return;

        _epoch = Epoch.New();
        for (var i = _first; i < _entries.Count; i++)
            _entries[i] = _entries[i]! with { Epoch = _epoch };
    }

    /// <summary>See <see cref="IBroker.ReadHistoryAsync"/>.</summary>
    public HistoryPage Read(HistoryQuery query, HistoryLimits limits, long now)
    {
        var top = Begin();
        var matches = query.Since is not { } asked || IsHere(asked, query.SinceTime);
        Trim(limits, now);

        var position = query.Since?.Offset ?? 0;
        if (!matches)
            return new HistoryPage(top, [], position, IsContinuous: false) { TopTime = TopTime };

        // As signed numbers, since the offset in front of the first is 0 and the one in front of that is asked for as well.
        var (since, oldest, newest) = ((long)position, (long)Oldest, (long)_top);
        var to = query.Reverse && query.Since is not null ? since - 1 : newest;
        var from = query.Reverse ? Math.Max(oldest, to - query.Limit + 1) : Math.Max(oldest, since + 1);
        if (!query.Reverse)
            to = Math.Min(newest, from + query.Limit - 1);

        var publications = new List<Publication>((int)Math.Max(0, to - from + 1));
        for (var offset = from; offset <= to; offset++)
            if (EntryAt(offset) is var entry && (entry.ExpiresAt is not { } end || end.ToUnixTimeMilliseconds() > now))
                publications.Add(entry);
        if (query.Reverse)
            publications.Reverse();
        var last = from > to ? since : query.Reverse ? from : to;
        return new HistoryPage(top, publications, (ulong)last, IsContinuous: oldest <= since + 1) { TopTime = TopTime };
    }

    private long TopTime => _first < _entries.Count ? _entries[^1]!.Time : 0;

    /// <inheritdoc/>
    public bool Expire(long now)
    {
        if (now >= _entriesUntil)
            Drop(Count);
        return now >= _keptUntil;
    }

    private bool IsHere(StreamPosition since, long time)
    {
        if (since.Offset > _top || (since.Epoch.Length > 0 && since.Epoch != _epoch))
            return false;
        return time == 0 || since.Offset < Oldest || EntryAt((long)since.Offset).Time == time;
    }

    private Publication EntryAt(long offset) => _entries[_first + (int)(offset - (long)Oldest)]!;

    private void Trim(HistoryLimits limits, long now)
    {
        var tooMany = Math.Max(0, Count - limits.Size);
        var oldest = now - (long)limits.Ttl.TotalMilliseconds;
        while (tooMany < Count && _entries[_first + tooMany]!.Time < oldest)
            tooMany++;
        Drop(tooMany);
    }

    private void Drop(int count)
    {
        for (; count > 0; count--)
            _entries[_first++] = null;
        if (_first > _entries.Count / 2)
        {
            _entries.RemoveRange(0, _first);
            _first = 0;
        }
    }
}
