using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Redis.Cluster;

namespace PushGateway.Redis.Presence;

/// <summary>
/// The commands by which this node writes one channel, one at a time: under the incarnation that it has, with the channel on the index of that, and within the time that the lease runs.
/// </summary>
/// <remarks>
/// A command whose answer is missing may still be carried out: by a Redis that was frozen, from a connection that was given up since. But not behind its deadline, which it carries with it;
/// what is written by then is written once more.
/// </remarks>
/// <param name="channel">The channel.</param>
/// <param name="ledger">What the channels share.</param>
/// <param name="replaced">Called when the node has another incarnation than the channel was written under.</param>
internal sealed class ChannelCommands(string channel, Ledger ledger, Action replaced)
{
    // Incarnations that the node had before and under which there may be members. Each took a lease that was lost at least: more than these are none that lived.
    private const int MaxFormer = 4;

    private const int MaxAttempts = 5;

    private readonly Lock _lock = new();
    private int _disturbances;
    private string? _indexedUnder, _writtenUnder;
    private string _former = "";
    private long _uncertainUntil;
    private bool _isRepeated;

    /// <summary>Redis may not have the channel on the index any more.</summary>
    public void Disturb()
    {
        lock (_lock)
        {
            _disturbances++;
            _indexedUnder = null;
        }
    }

    /// <summary>Writes, and returns when by Redis' time.</summary>
    /// <param name="rules">The rules of the channel; null for what was done before.</param>
    /// <param name="ranges">What is written.</param>
    /// <param name="isRepeated">See <see cref="MemberWriter.WriteAsync"/>.</param>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time. It may have been done.</exception>
    public async ValueTask<long> WriteAsync(MembershipRules? rules, IReadOnlyList<MemberRange> ranges, bool isRepeated)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var lease = await EnterAsync();
            MembersAnswer answer;
            do
                answer = await WriteAsync(lease, rules, ranges, isRepeated);
            while (answer.HasMore);
            if (answer.Transition is { } user)
                ledger.Announcer.Add(channel, user, answer.Version);
            if (!answer.IsTooLate)
                return answer.Time;
            await ledger.Lease.RefreshAsync();
        }

        throw new BrokerUnavailableException("Redis did not answer in time.");
    }

    /// <summary>Whether nothing can come any more of a command whose answer is missing. If something could, waits until that is over.</summary>
    /// <param name="time">When something was written since.</param>
    public async ValueTask<bool> IsCertainAsync(long time)
    {
        if (time > _uncertainUntil)
            return true;

        var wait = TimeSpan.FromMilliseconds(_uncertainUntil - time + 1);
        await Task.Delay(wait < ledger.Options.CommandTimeout ? wait : ledger.Options.CommandTimeout, ledger.Time);
        _uncertainUntil = 0;
        return false;
    }

    /// <summary>Sees to it that the node is alive, under which incarnation, and that the channel is on the index of that.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time.</exception>
    public async ValueTask<LeaseView> EnterAsync()
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var lease = await ledger.Lease.GetOwnAsync();
            if (_writtenUnder is not null && _writtenUnder != lease.Incarnation)
            {
                _former = _writtenUnder + _former[..Math.Min(_former.Length, (MaxFormer - 1) * MemberEntry.IncarnationBytes)];
                replaced();
            }

            _writtenUnder = lease.Incarnation;
            int disturbances;
            lock (_lock)
            {
                disturbances = _disturbances;
                if (_indexedUnder == lease.Incarnation)
                    return lease;
            }

            if (!await ledger.Index.AddAsync(channel, lease))
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

    /// <summary>All that stood under incarnations of before was taken over.</summary>
    public void ForgetFormer() => _former = "";

    private async ValueTask<MembersAnswer> WriteAsync(LeaseView lease, MembershipRules? rules, IReadOnlyList<MemberRange> ranges, bool isRepeated)
    {
        await ledger.Window.WaitAsync();
        var left = ledger.Time.GetElapsedTime(ledger.Time.GetTimestamp(), lease.EndsAt);
        var deadline = ledger.Clocks.In(left < ledger.Options.CommandTimeout ? left : ledger.Options.CommandTimeout, channel);
        try
        {
            var asked = ledger.Lease.Clock.Now;
            var answer = await ledger.Writer.WriteAsync(channel, lease.Incarnation, _former, deadline, rules, _isRepeated || isRepeated, ranges);
            ledger.Clocks.Sample(channel, asked, answer.Time);
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
}
