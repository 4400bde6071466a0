namespace PushGateway.Faults;

/// <summary>What was published to one channel: notifications numbered from 1, one at a time. Not safe for concurrent use.</summary>
/// <remarks>Only what was not acknowledged is written down, and only until every reader is past it, so that an hour costs no more than a minute.</remarks>
public sealed class ChannelLedger(string channel)
{
    private readonly SortedDictionary<long, Outcome> _others = [];
    private string? _epoch;

    /// <summary>The channel.</summary>
    public string Channel => channel;

    /// <summary>The highest number for which an attempt was begun.</summary>
    public long Posted { get; private set; }

    /// <summary>The highest number whose outcome is known.</summary>
    public long Settled { get; private set; }

    /// <summary>How many were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>How many were left open.</summary>
    public long Unanswered { get; private set; }

    /// <summary>How many were not taken.</summary>
    public long Refused { get; private set; }

    /// <summary>How often the channel's history began anew, as acknowledgements told: it was removed, or Redis had lost it.</summary>
    public int EpochChanges { get; private set; }

    /// <summary>Begins the next notification and returns its number.</summary>
    public long Begin() => ++Posted;

    /// <summary>Writes down how the notification begun last ended.</summary>
    public void Settle(Outcome outcome, string? epoch = null)
    {
        Settled = Posted;
        if (outcome is Outcome.Acknowledged)
            Acknowledged++;
        else
            _others.Add(Settled, outcome);

        Unanswered += outcome is Outcome.Unanswered ? 1 : 0;
        Refused += outcome is Outcome.Refused ? 1 : 0;
        if (epoch is not null && _epoch is not null && epoch != _epoch)
            EpochChanges++;
        _epoch = epoch ?? _epoch;
    }

    /// <summary>How a notification ended; null while that is open. Asked for numbers above the last <see cref="Forget"/>.</summary>
    public Outcome? this[long number] => number > Settled ? null : _others.TryGetValue(number, out var other) ? other : Outcome.Acknowledged;

    /// <summary>How many notifications behind a number were acknowledged.</summary>
    public long CountAcknowledgedAfter(long number) => Math.Max(0, Settled - number - _others.Keys.Count(other => other > number));

    /// <summary>Forgets the outcomes up to a number that all readers are past.</summary>
    public void Forget(long number)
    {
        while (_others.Count > 0 && _others.Keys.First() is var first && first <= number)
            _others.Remove(first);
    }
}
