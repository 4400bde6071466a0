using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Presence;

/// <summary>
/// What this node has to have in Redis: the memberships of its connections. It is the truth that Redis is brought to, again as a whole whenever Redis may have lost something or the node has a new
/// incarnation.
/// </summary>
internal sealed partial class Ledger : IAsyncDisposable
{
    // Channels that are written at a time after an outage.
    private const int SettledAtOnce = 64;

    // Commands under way, so that Redis is never asked for more than it does within their time.
    private const int CommandsAtOnce = 256;

    private const int IndexPage = 1_000;

    private readonly ConcurrentDictionary<string, LedgerChannel> _channels = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<LedgerChannel, byte> _unsettled = new();
    private readonly ConcurrentQueue<(LedgerChannel Channel, long Emptied, long At)> _emptied = new();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<string> _former = new();
    private readonly SparseLog _failures;
    private readonly ILogger _logger;
    private Task _settling = Task.CompletedTask;
    private volatile bool _isDisturbed;
    private string? _incarnation;
    private long _tokens;
    private int _members;

    public Ledger(RedisConnection redis, Lease lease, ChannelKeys keys, ILogger logger)
    {
        _logger = logger;
        _failures = new SparseLog(redis.Time);
        Options = redis.Options;
        Time = redis.Time;
        Lease = lease;
        Clocks = new ServerClocks(redis, lease.Clock);
        Writer = new MemberWriter(redis, keys);
        Index = new ChannelIndex(redis, new ClusterKeys(redis.Options.Prefix), lease.Clock);
        Announcer = new UserAnnouncer(redis, keys);
        Index.Uncertain += Disturb;
        redis.Meters.ShowMembers(() => Volatile.Read(ref _members));
    }

    /// <summary>
    /// How long a channel stays on the index behind its last member. Longer than a primary of a Redis Cluster goes on writing what its successor does not have (cluster-node-timeout, 15 s by
    /// default): a member that comes back to life by that is found there.
    /// </summary>
    public TimeSpan IndexLinger { get; set; } = TimeSpan.FromSeconds(60);

    public RedisOptions Options { get; }

    public TimeProvider Time { get; }

    public Lease Lease { get; }

    public ServerClocks Clocks { get; }

    public MemberWriter Writer { get; }

    public ChannelIndex Index { get; }

    public UserAnnouncer Announcer { get; }

    /// <summary>Taken by each command that is under way.</summary>
    public SemaphoreSlim Window { get; } = new(CommandsAtOnce);

    public void Start()
    {
        Lease.Beaten += OnBeat;
        Interlocked.CompareExchange(ref _incarnation, Lease.Last?.Incarnation, null);
        _settling = SettleForeverAsync();
    }

    /// <summary>Notes a membership; it is written at once.</summary>
    public LedgerEntry Join(Membership membership)
    {
        Lease.IsClean = false;
        var entry = new LedgerEntry(membership, Interlocked.Increment(ref _tokens));
        while (!Find(membership.Channel).TryJoin(entry))
            Thread.Yield(); // Another thread is about to remove it.
        return entry;
    }

    /// <summary>Notes that a membership is over, or waits. Completes when Redis has that; null when it is over already.</summary>
    public Task? LeaveAsync(Membership membership, bool mayReturn) =>
        _channels.TryGetValue(membership.Channel, out var channel) ? channel.LeaveAsync(membership, mayReturn) : null;

    /// <summary>Redis may not have all that it had: everything is written again.</summary>
    public void Disturb()
    {
        _isDisturbed = true;
        Wake();
    }

    /// <summary>So many members more, or less.</summary>
    public void Count(int members) => Interlocked.Add(ref _members, members);

    /// <summary>A channel could not be written, and is to be tried again.</summary>
    public void Unsettled(LedgerChannel channel, Exception why)
    {
        if (_failures.TryTake(out var count))
            Log.NotWritten(_logger, channel.Name, why.Message, count);
        _unsettled[channel] = 0;
        Wake();
    }

    /// <summary>The last member has left a channel.</summary>
    public void Emptied(LedgerChannel channel, long emptied) => _emptied.Enqueue((channel, emptied, Time.GetTimestamp()));

    /// <summary>Takes all memberships back; what Redis does not take within the time of a command is left to the others.</summary>
    public async ValueTask DisposeAsync()
    {
        Lease.Beaten -= OnBeat;
        await _stopping.CancelAsync();
        await _settling;
        var leaving = Parallel.ForEachAsync(_channels.Values, new ParallelOptions { MaxDegreeOfParallelism = SettledAtOnce }, static async (channel, _) => await channel.LeaveAllAsync());
        await leaving.WaitAsync(Options.CommandTimeout, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Announcer.StopAsync();
        Lease.IsClean = leaving.IsCompletedSuccessfully && IsSettled && Announcer.IsIdle;
    }

    private bool IsSettled => _unsettled.IsEmpty && !_isDisturbed;

    private LedgerChannel Find(string channel) => _channels.GetOrAdd(channel, static (name, ledger) => new LedgerChannel(name, ledger), this);

    private void Wake()
    {
        if (_wanted.CurrentCount == 0)
            try
            {
                _wanted.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another thread did.
            }
    }

    private void OnBeat(LeaseView lease)
    {
        if (_incarnation is not null && _incarnation != lease.Incarnation)
        {
            // In this order: it is buried when all is settled, and not before.
            _isDisturbed = true;
            _former.Enqueue(_incarnation);
            Wake();
        }

        _incarnation = lease.Incarnation;
        while (_emptied.TryPeek(out var oldest) && Time.GetElapsedTime(oldest.At) >= IndexLinger && _emptied.TryDequeue(out oldest))
            Retire(oldest.Channel, oldest.Emptied, lease);
    }

    private void Retire(LedgerChannel channel, long emptied, LeaseView lease)
    {
        // As long as a user's going is not announced, others have to find it if this node dies.
        if (Announcer.IsPending(channel.Name))
            Emptied(channel, emptied);
        else if (channel.TryRetire(emptied))
        {
            _channels.TryRemove(KeyValuePair.Create(channel.Name, channel));
            Index.Remove(channel.Name, lease);
        }
    }

    private async Task SettleForeverAsync()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(_stopping.Token);
                await SettleAsync();
                if (IsSettled && await TryBuryFormerAsync())
                {
                    backoff.Reset();
                    continue;
                }

                await Task.Delay(backoff.Next(), Time, _stopping.Token);
                Wake();
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task SettleAsync()
    {
        if (_isDisturbed)
        {
            _isDisturbed = false;
            try
            {
                await DisturbAllAsync();
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // Whatever it was: what Redis may have lost stays lost until this has succeeded.
                _isDisturbed = true;
                if (failure is not BrokerUnavailableException)
                    Log.Failed(_logger, failure);
            }
        }

        var channels = _unsettled.Keys.ToArray();
        foreach (var channel in channels)
            _unsettled.TryRemove(channel, out _);
        var options = new ParallelOptions { MaxDegreeOfParallelism = SettledAtOnce, CancellationToken = _stopping.Token };
        await Parallel.ForEachAsync(channels, options, static async (channel, _) => await channel.SettleAsync());
    }

    /// <summary>What an incarnation of before has left is reaped, now that the present one has taken over what it should.</summary>
    private async ValueTask<bool> TryBuryFormerAsync()
    {
        try
        {
            while (_former.TryPeek(out var incarnation))
            {
                await Lease.GiveUpAsync(incarnation, isClean: false);
                _former.TryDequeue(out _);
            }

            return true;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Has all channels written again, those included in which Redis has members of this node that it should not.</summary>
    private async Task DisturbAllAsync()
    {
        var lease = await Lease.GetOwnAsync();
        var channels = new HashSet<LedgerChannel>();
        string[] page = [];
        do
        {
            page = await Index.ReadAsync(lease.Incarnation, page.Length == 0 ? "" : page[^1], IndexPage);
            foreach (var name in page)
                channels.Add(Find(name));
        }
        while (page.Length == IndexPage);

        foreach (var (_, channel) in _channels)
            channels.Add(channel);
        foreach (var channel in channels)
        {
            channel.Disturb();
            _unsettled[channel] = 0;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(43, LogLevel.Error, "Writing all members of this node again failed; will try again.")]
        public static partial void Failed(ILogger logger, Exception failure);

        [LoggerMessage(42, LogLevel.Warning, "The members of {Channel} could not be written; will try again. {Reason} ({Count} such since the last report.)")]
        public static partial void NotWritten(ILogger logger, string channel, string reason, long count);
    }
}
