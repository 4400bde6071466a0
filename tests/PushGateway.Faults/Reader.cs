namespace PushGateway.Faults;

/// <summary>
/// What one subscriber's application saw of one channel, held against what was published. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// The numbers must rise by one. A number that was passed over is lost if it was acknowledged, unless it comes later: then it is out of order. What lies between the last
/// publication before the SDK said <c>recovered: false</c> and the first one after it is not lost: the application was told to load its state anew.
/// </remarks>
public sealed class Reader(ChannelLedger ledger)
{
    // An attempt that nobody answered may be carried out late, but not as late as a thousand notifications of its channel.
    private const int LateAtMost = 1000;

    private readonly SortedDictionary<long, Outcome> _missing = [];
    private long _position;
    private long _highest;
    private long _toldUpTo;

    /// <summary>How many it saw.</summary>
    public long Seen { get; private set; }

    /// <summary>How many came that it had seen before.</summary>
    public long Duplicated { get; private set; }

    /// <summary>How many came behind a later one.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>How many came that nobody published, or that were refused.</summary>
    public long Invented { get; private set; }

    /// <summary>How often it was told that not all it missed could be recovered.</summary>
    public long TimesTold { get; private set; }

    /// <summary>How many it did not see because of what it was told.</summary>
    public long ToldMissing { get; private set; }

    /// <summary>How many it saw again behind what it was told.</summary>
    public long ToldRepeated { get; private set; }

    /// <summary>How many acknowledged ones it passed over.</summary>
    public long PassedOver => _missing.Values.Count(outcome => outcome is Outcome.Acknowledged);

    /// <summary>How many acknowledged ones it has yet to see, none of which it was told not to expect.</summary>
    public long Behind => ledger.CountAcknowledgedAfter(Math.Max(_highest, _toldUpTo));

    /// <summary>What it was told not to expect and has not gone past yet.</summary>
    public long ToldPending => _toldUpTo > _highest ? ledger.CountAcknowledgedAfter(_highest) - ledger.CountAcknowledgedAfter(_toldUpTo) : 0;

    /// <summary>Up to where the ledger may forget.</summary>
    public long Highest => _highest;

    /// <summary>The SDK said <c>recovered: false</c>.</summary>
    public void Told()
    {
        TimesTold++;
        // The one on its way may have been published before the subscription as well as behind it.
        _toldUpTo = ledger.Posted;
        _position = -1;
    }

    /// <summary>The application saw a notification.</summary>
    public void Saw(long number)
    {
        Seen++;
        if (number > ledger.Posted || number < 1)
            Invented++;
        else if (number > _highest)
            Advance(number);
        else if (_position < 0)
            Repeat(number);
        else if (_missing.Remove(number, out var outcome))
            OutOfOrder += outcome is Outcome.Acknowledged ? 1 : 0;
        else if (number > _position)
            Repeat(number);
        else
            Duplicated++;
    }

    private void Advance(long number)
    {
        for (var between = _highest + 1; between < number; between++)
            PassOver(between);

        Invented += ledger[number] is Outcome.Refused ? 1 : 0;
        _position = _highest = number;
    }

    private void PassOver(long number)
    {
        var outcome = ledger[number]!.Value; // Known, since a later one was published.
        if (outcome is Outcome.Acknowledged && _position < 0 && number <= _toldUpTo)
            ToldMissing++;
        else if (outcome is not Outcome.Refused)
            _missing[number] = outcome;

        while (_missing.Count > 0 && _missing.First() is { Value: Outcome.Unanswered } first && first.Key < number - LateAtMost)
            _missing.Remove(first.Key);
    }

    // What was set back may have lost the keys of what it forgot: the publisher's second attempt then counts as a new notification.
    private void Repeat(long number)
    {
        ToldRepeated++;
        _missing.Remove(number);
        _position = number;
    }
}
