using PushGateway.Brokers;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;

namespace PushGateway.Redis.Presence;

/// <summary>
/// In which channels the incarnations of this node have members: kept in Redis for those who reap the node when it dies. A channel is added before the first member is written, and taken
/// off long after the last has left. One command is under way at a time, with all that was asked for meanwhile, so that none overtakes another.
/// </summary>
internal sealed class ChannelIndex(RedisConnection redis, ClusterKeys keys, RedisClock clock)
{
    // What takes Redis about a millisecond.
    private const int MaxBatch = 500;

    private readonly Lock _lock = new();
    private readonly Queue<Batch> _batches = new();
    private Batch? _last;
    private bool _isWriting;

    /// <summary>Raised when it is not known whether channels were taken off, once it will not happen any more.</summary>
    public event Action? Uncertain;

    /// <summary>Adds a channel; false when the incarnation has no lease, so that there is nothing to write for it.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time.</exception>
    public Task<bool> AddAsync(string channel, LeaseView lease)
    {
        lock (_lock)
        {
            var batch = GetBatch_NeedsLock(lease);
            batch.Removed.Remove(channel);
            batch.Added.Add(channel);
            return batch.Done.Task;
        }
    }

    /// <summary>Takes a channel off, some time.</summary>
    public void Remove(string channel, LeaseView lease)
    {
        lock (_lock)
        {
            var batch = GetBatch_NeedsLock(lease);
            batch.Added.Remove(channel);
            batch.Removed.Add(channel);
        }
    }

    /// <summary>Reads a page of the channels of an incarnation, ordered by their bytes.</summary>
    /// <param name="incarnation">The incarnation.</param>
    /// <param name="after">The last of the page before; empty for the first page.</param>
    /// <param name="limit">How many at most.</param>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, or did not answer in time.</exception>
    public async ValueTask<string[]> ReadAsync(string incarnation, string after, int limit)
    {
        var page = await redis.RunAsync(
            static (redis, state) => redis.SortedSetRangeByValueAsync(state.Key, state.After, exclude: Exclude.Start, take: state.Limit, flags: CommandFlags.DemandMaster),
            (Key: keys.Channels(incarnation), After: after.Length == 0 ? default : (RedisValue)after, Limit: limit),
            CancellationToken.None);
        return Array.ConvertAll(page, static name => name.ToString());
    }

    private Batch GetBatch_NeedsLock(LeaseView lease)
    {
        if (_last is null || _last.Lease.Incarnation != lease.Incarnation || _last.Added.Count + _last.Removed.Count >= MaxBatch)
            _batches.Enqueue(_last = new Batch(lease));
        if (!_isWriting)
        {
            _isWriting = true;
            _ = Task.Run(WriteAsync);
        }

        return _last;
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            Batch batch;
            lock (_lock)
            {
                _isWriting = _batches.TryDequeue(out batch!);
                if (!_isWriting)
                    return;
                if (batch == _last)
                    _last = null;
            }

            try
            {
                batch.Done.SetResult(await WriteAsync(batch));
            }
            catch (Exception e)
            {
                batch.Done.SetException(e as BrokerUnavailableException ?? new BrokerUnavailableException("The index of channels could not be written.", e));
                _ = batch.Done.Task.Exception;
            }
        }
    }

    private async ValueTask<bool> WriteAsync(Batch batch)
    {
        var left = redis.Time.GetElapsedTime(redis.Time.GetTimestamp(), batch.Lease.EndsAt);
        var wait = left < redis.Options.CommandTimeout ? left : redis.Options.CommandTimeout;
        var asked = clock.Now;
        RedisValue[] arguments =
        [
            batch.Lease.Incarnation,
            clock.ToRedis(asked + wait),
            batch.Added.Count,
            .. batch.Added.Select(static name => (RedisValue)name),
            .. batch.Removed.Select(static name => (RedisValue)name),
        ];
        try
        {
            var result = await redis.RunAsync(
                static (redis, state) => Script.Index.EvaluateAsync(redis, state.Keys, state.Arguments),
                (Keys: (RedisKey[])[keys.Leases, keys.Channels(batch.Lease.Incarnation)], Arguments: arguments),
                CancellationToken.None);
            clock.Sample(asked, (long)result[1]);
            return (int)result[0] == 1;
        }
        catch (BrokerUnavailableException) when (batch.Removed.Count > 0)
        {
            _ = TellUncertainAsync(wait);
            throw;
        }
    }

    private async Task TellUncertainAsync(TimeSpan wait)
    {
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, redis.Time);
        Uncertain?.Invoke();
    }

    private sealed class Batch(LeaseView lease)
    {
        public LeaseView Lease { get; } = lease;

        public HashSet<string> Added { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Removed { get; } = new(StringComparer.Ordinal);

        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
