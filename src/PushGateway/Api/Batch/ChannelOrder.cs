namespace PushGateway.Api.Batch;

/// <summary>
/// What is under way to which channels, so that the next one to a channel can wait for the one before: only who waits has the order of a channel promised, whatever the broker is and whatever
/// fails. Used by one caller at a time.
/// </summary>
internal sealed class ChannelOrder
{
    private const int FirstSweep = 1024;

    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);
    private int _nextSweep = FirstSweep;

    /// <summary>How many channels are held on to, those whose last is over and not yet forgotten included.</summary>
    public int Count => _last.Count;

    /// <summary>What must be over before something may be published to these channels; null when nothing is.</summary>
    public Task? Before(IReadOnlyList<string> channels)
    {
        Task? one = null;
        List<Task>? several = null;
        for (var i = 0; i < channels.Count; i++)
        {
            if (!_last.TryGetValue(channels[i], out var last) || last.IsCompleted || last == one)
                continue;

            if (one is null)
                one = last;
            else
                (several ??= [one]).Add(last);
        }

        return several is null ? one : Task.WhenAll(several);
    }

    /// <summary>Adds what was just begun.</summary>
    public void Add(IReadOnlyList<string> channels, Task publishing)
    {
        for (var i = 0; i < channels.Count; i++)
            _last[channels[i]] = publishing;
        if (_last.Count >= _nextSweep)
            Sweep();
    }

    // Each time when there are twice as many as were left: what it costs is shared by those that were added since.
    private void Sweep()
    {
        foreach (var (channel, last) in _last)
            if (last.IsCompleted)
                _last.Remove(channel);
        _nextSweep = Math.Max(FirstSweep, _last.Count * 2);
    }
}
