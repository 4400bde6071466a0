using System.Text.Json;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>
/// A node is alive while its lease runs, which it renews by beats for as long as it works; all that it has in Redis counts only so long. One whose lease is gone takes a new one under a new
/// incarnation. Shared by cluster and presence.
/// </summary>
internal sealed partial class Lease : IAsyncDisposable
{
    // Behind a beat that failed nobody beats sooner than after the least pause, whoever asks for it: a Redis that is away answers no sooner for that.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LeastPauseAfterFailure = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(2);

    private readonly RedisConnection _redis;
    private readonly ILogger _logger;
    private readonly ClusterKeys _keys;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource<LeaseView> _next = NewBeat();
    private TaskCompletionSource _wanted = NewWish();
    private volatile LeaseView? _view;
    private ILocalNode? _node;
    private Task _beating = Task.CompletedTask;
    private string _incarnation = Epoch.New();
    private byte[] _description = [];
    private bool _isTaken;
    private bool _failing;

    public Lease(RedisConnection redis, ILogger<Lease> logger)
    {
        _redis = redis;
        _logger = logger;
        _keys = new ClusterKeys(redis.Options.Prefix);
        redis.Meters.ShowNodes(() => _view?.LiveCount ?? 0);
    }

    /// <summary>Raised after each beat that succeeded, by one thread at a time. Handlers return soon.</summary>
    public event Action<LeaseView>? Beaten;

    /// <summary>See <see cref="RedisConnection.Clock"/>.</summary>
    public RedisClock Clock => _redis.Clock;

    /// <summary>What the last beat told that succeeded; null before the first.</summary>
    public LeaseView? Last => _view;

    /// <summary>Whether all that the node wrote has been taken back, so that nobody need look for it when the lease is given up.</summary>
    public bool IsClean { get; set; } = true;

    /// <summary>Takes the lease and goes on renewing it; a Redis that is away is tried again.</summary>
    public async Task StartAsync(ILocalNode node)
    {
        _node = node;
        var first = RefreshAsync();
        _redis.Disturbed += Hurry;
        _beating = BeatForeverAsync();
        await ((Task)first).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Whether the lease runs, as far as this node knows: then all that it has in Redis counts.</summary>
    public bool IsRunning => _view is { } view && _redis.Time.GetTimestamp() < view.EndsAt;

    /// <summary>Under which incarnation the node may write now. Beats first if its lease may have run out.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached.</exception>
    public async ValueTask<LeaseView> GetOwnAsync() =>
        _view is { } view && _redis.Time.GetTimestamp() < view.EndsAt ? view : await RefreshAsync();

    /// <summary>Who is alive now. Beats first if a lease may have run out, or been renewed.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached.</exception>
    public async ValueTask<LeaseView> GetAsync() =>
        _view is { } view && _redis.Time.GetTimestamp() < view.ChangesAt ? view : await RefreshAsync();

    /// <summary>Beats at once. The result is that of a beat which began after the call.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached.</exception>
    public Task<LeaseView> RefreshAsync()
    {
        lock (_lock)
        {
            _wanted.TrySetResult();
            return _next.Task;
        }
    }

    /// <summary>What the nodes with a running lease said of themselves when they last renewed it.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached.</exception>
    public async Task<List<NodeInfo>> GetLiveAsync(CancellationToken cancellationToken)
    {
        var result = await _redis.RunAsync(
            static (redis, keys) => Script.Nodes.EvaluateAsync(redis, [keys.Leases, keys.Nodes]),
            _keys,
            cancellationToken);
        var nodes = new Dictionary<string, NodeInfo>(StringComparer.Ordinal);
        foreach (var description in (byte[]?[]?)result ?? [])
            if (description is not null && Parse(description) is { } node)
                nodes[node.Id] = node; // A node that has taken a new lease may still have an old one for a while.
        return [.. nodes.Values];
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is null || _stopping.IsCancellationRequested)
            return;

        _redis.Disturbed -= Hurry;
        await _stopping.CancelAsync();
        await _beating;
        try
        {
            await GiveUpAsync(_incarnation, IsClean);
        }
        catch (BrokerUnavailableException)
        {
            // The lease runs out by itself.
        }
    }

    /// <summary>Ends an incarnation of this node.</summary>
    /// <param name="incarnation">The incarnation.</param>
    /// <param name="isClean">Whether nothing of it is left; otherwise it is reaped.</param>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached.</exception>
    public async ValueTask GiveUpAsync(string incarnation, bool isClean) =>
        await _redis.RunAsync(
            static (redis, state) => Script.Leave.EvaluateAsync(redis, state.Keys, state.Incarnation, state.IsClean),
            (Keys: (RedisKey[])[_keys.Leases, _keys.Nodes, _keys.Graves, _keys.Channels(incarnation)], Incarnation: incarnation, IsClean: isClean),
            CancellationToken.None);

    private static TaskCompletionSource<LeaseView> NewBeat() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource NewWish() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Hurry() => _ = RefreshAsync();

    private async Task BeatForeverAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            TaskCompletionSource<LeaseView> beat;
            lock (_lock)
            {
                (beat, _next) = (_next, NewBeat());
                _wanted = NewWish();
            }

            var (least, pause) = (LeastPauseAfterFailure, RetryDelay);
            try
            {
                var view = await BeatAsync();
                beat.SetResult(view);
                (least, pause) = (LeastPause, PauseAfter(view));
            }
            catch (Exception e)
            {
                // Whatever it was: a beat that fails must not be the last.
                Failed(e);
                beat.SetException(e as BrokerUnavailableException ?? new BrokerUnavailableException("The lease of this node could not be renewed.", e));
                _ = beat.Task.Exception; // Told to those who wait for it; nobody need.
            }

            await Task.Delay(least, _redis.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _wanted.Task.WaitAsync(pause, _redis.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_lock)
            _next.TrySetException(new BrokerUnavailableException("The node stops."));
        _ = _next.Task.Exception;
    }

    // The next beat is due when a lease may run out that is not renewed, so that a death is known at once.
    private TimeSpan PauseAfter(LeaseView view)
    {
        var change = _redis.Time.GetElapsedTime(_redis.Time.GetTimestamp(), view.ChangesAt);
        var pause = change < _redis.Options.HeartbeatInterval ? change : _redis.Options.HeartbeatInterval;
        return pause < LeastPause ? LeastPause : pause;
    }

    private async Task<LeaseView> BeatAsync()
    {
        Describe();
        var clock = Clock.Now;
        var asked = _redis.Time.GetTimestamp();
        var duration = _redis.Options.LeaseDuration;
        RedisResult answer;
        try
        {
            answer = await _redis.RunAsync(
                static (redis, state) => Script.Heartbeat.EvaluateAsync(redis, state.Keys, state.Arguments),
                (
                    Keys: (RedisKey[])[_keys.Leases, _keys.Nodes, _keys.Graves, _keys.Since],
                    Arguments: (RedisValue[])[_incarnation, (long)duration.TotalMilliseconds, _description, !_isTaken]),
                _stopping.Token);
        }
        catch when (!_isTaken)
        {
            // The lease may have been taken all the same. It would be another that is renewed, and may be dead by then.
            _incarnation = Epoch.New();
            throw;
        }

        _redis.Meters.Beaten(_redis.Time.GetElapsedTime(asked));
        Clock.SampleMicroseconds(clock, (long)answer[1]);
        if ((int)answer[0] == 0)
        {
            Log.Lost(_logger, _incarnation);
            _incarnation = Epoch.New();
            _isTaken = false;
            return await BeatAsync();
        }

        if (_failing)
            Log.Renewed(_logger);
        _failing = false;
        _isTaken = true;
        var view = new LeaseView(_incarnation, asked, duration, answer, _redis.Time);
        _view = view;
        Beaten?.Invoke(view);
        return view;
    }

    private void Describe()
    {
        try
        {
            _description = JsonSerializer.SerializeToUtf8Bytes(_node!.Describe(), ClusterJson.Default.NodeInfo);
        }
        catch (Exception e)
        {
            // It goes on living by what it said of itself last.
            Log.NotDescribed(_logger, e.Message);
        }
    }

    private void Failed(Exception e)
    {
        if (!_stopping.IsCancellationRequested)
            _redis.Meters.BeatFailed();
        if (!_failing && !_stopping.IsCancellationRequested)
            Log.NotRenewed(_logger, e.Message);
        _failing = true;
    }

    private static NodeInfo? Parse(byte[] description)
    {
        try
        {
            return JsonSerializer.Deserialize(description, ClusterJson.Default.NodeInfo);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Warning, "The lease of this node could not be renewed; will try again. {Reason}")]
        public static partial void NotRenewed(ILogger logger, string reason);

        [LoggerMessage(32, LogLevel.Information, "The lease of this node is renewed again.")]
        public static partial void Renewed(ILogger logger);

        [LoggerMessage(33, LogLevel.Warning, "The lease of this node, {Incarnation}, is gone: the node was cut off for too long, or Redis has lost it. The node takes a new one and writes its members again.")]
        public static partial void Lost(ILogger logger, string incarnation);

        [LoggerMessage(34, LogLevel.Warning, "This node could not be described to the others. {Reason}")]
        public static partial void NotDescribed(ILogger logger, string reason);
    }
}
