using System.Collections.Concurrent;
using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;

namespace PushGateway.Redis.Presence;

/// <summary>
/// Tells those who watch users what has become of them. That it is to be told stands in Redis until it was, so that whoever finds it there next tells it if this node dies over it.
/// </summary>
internal sealed class UserAnnouncer(RedisConnection redis, ChannelKeys keys)
{
    private const int AtOnce = 32;

    private readonly ConcurrentDictionary<string, (UserPresence User, long Version)> _pending = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IPresenceListener? _listener;
    private Task _telling = Task.CompletedTask;
    private bool _isTelling;
    private volatile bool _isStopping;

    /// <summary>Whether nothing is to be told.</summary>
    public bool IsIdle => _pending.IsEmpty;

    public void Start(IPresenceListener listener) => _listener = listener;

    /// <summary>Whether something is still to be told of the user whose channel this is.</summary>
    public bool IsPending(string channel) => _pending.ContainsKey(channel);

    /// <summary>Tells it as soon as may be. Of one user only the latest is told.</summary>
    public void Add(string channel, UserPresence user, long version)
    {
        _pending.AddOrUpdate(channel, static (_, added) => added, static (_, known, added) => known.Version > added.version ? known : added, (user, version));
        lock (_lock)
        {
            _added.TrySetResult();
            if (_isTelling)
                return;
            _isTelling = true;
            _telling = Task.Run(TellAllAsync);
        }
    }

    /// <summary>Tells it now.</summary>
    /// <exception cref="BrokerUnavailableException">It could not be told.</exception>
    public async ValueTask TellAsync(string channel, UserPresence user, long version)
    {
        await _listener!.AnnounceAsync(user, version, CancellationToken.None);
        await redis.RunAsync(
            static (redis, state) => Script.Announced.EvaluateAsync(redis, state.Keys, state.Version),
            (Keys: (RedisKey[])[keys.UserState(channel)], Version: version),
            CancellationToken.None);
    }

    /// <summary>Tells what is left, and tries nothing twice any more.</summary>
    public async Task StopAsync()
    {
        _isStopping = true;
        Task telling;
        lock (_lock)
            telling = _telling;
        await telling.WaitAsync(redis.Options.CommandTimeout, redis.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TellAllAsync()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1));
        while (true)
        {
            var failed = 0;
            Task added;
            lock (_lock)
                added = (_added = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            await Parallel.ForEachAsync(_pending, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (pending, _) =>
            {
                if (await TryTellAsync(pending))
                    _pending.TryRemove(pending);
                else
                    Interlocked.Increment(ref failed);
            });
            lock (_lock)
            {
                _isTelling = !_pending.IsEmpty && !(_isStopping && failed > 0);
                if (!_isTelling)
                    return;
            }

            // What cannot be told holds up nothing else.
            if (failed > 0)
                await added.WaitAsync(backoff.Next(), redis.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else
                backoff.Reset();
        }
    }

    private async Task<bool> TryTellAsync(KeyValuePair<string, (UserPresence User, long Version)> pending)
    {
        try
        {
            await TellAsync(pending.Key, pending.Value.User, pending.Value.Version);
            return true;
        }
        catch (Exception)
        {
            // Whatever it was: it stays to be told.
            return false;
        }
    }
}
