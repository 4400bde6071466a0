namespace PushGateway.Faults;

/// <summary>Compares what was acknowledged to the publisher with what the application of each subscriber saw. Safe for concurrent use.</summary>
public sealed class Accountant
{
    private readonly Lock _lock = new();
    private readonly ChannelLedger[] _ledgers_NeedsLock;
    private readonly Reader[][] _readers_NeedsLock;
    private string? _firstRefusal;

    /// <param name="channels">The channels.</param>
    /// <param name="subscribers">How many subscribers there are, each to all channels.</param>
    public Accountant(IReadOnlyList<string> channels, int subscribers)
    {
        _ledgers_NeedsLock = [.. channels.Select(channel => new ChannelLedger(channel))];
        _readers_NeedsLock = [.. _ledgers_NeedsLock.Select(ledger => Enumerable.Range(0, subscribers).Select(_ => new Reader(ledger)).ToArray())];
    }

    /// <summary>A publisher begins with the next notification of a channel. Returns its number.</summary>
    public long Begin(int channel)
    {
        lock (_lock)
            return _ledgers_NeedsLock[channel].Begin();
    }

    /// <summary>How the notification begun last in a channel ended.</summary>
    public void Settle(int channel, Answer answer)
    {
        lock (_lock)
        {
            var ledger = _ledgers_NeedsLock[channel];
            ledger.Settle(answer.Outcome, answer.Epoch);
            ledger.Forget(_readers_NeedsLock[channel].Min(reader => reader.Highest));
            if (answer.Outcome is Outcome.Refused)
                _firstRefusal ??= answer.Detail;
        }
    }

    /// <summary>A subscriber's application saw a notification.</summary>
    public void Saw(int subscriber, int channel, long number)
    {
        lock (_lock)
            _readers_NeedsLock[channel][subscriber].Saw(number);
    }

    /// <summary>A subscriber was told that not all it missed in a channel could be recovered.</summary>
    public void Told(int subscriber, int channel)
    {
        lock (_lock)
            _readers_NeedsLock[channel][subscriber].Told();
    }

    /// <summary>The account as it stands.</summary>
    public Account Draw()
    {
        lock (_lock)
        {
            var lines = _ledgers_NeedsLock.Select((ledger, channel) => AccountLine.Of(ledger, _readers_NeedsLock[channel]));
            return new Account([.. lines], _readers_NeedsLock[0].Length, _firstRefusal);
        }
    }
}
