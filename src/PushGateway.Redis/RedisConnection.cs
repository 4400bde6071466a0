using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Diagnostics;
using PushGateway.Redis.PubSub;
using PushGateway.Redis.Publishing;
using StackExchange.Redis;

namespace PushGateway.Redis;

/// <summary>
/// This node's ways to Redis, shared by broker and cluster: StackExchange.Redis for commands, a <see cref="PubSub.Subscriber"/> for what is pushed, and <see cref="PublishLinks"/> for
/// most of what is published. All keep trying while Redis is away.
/// </summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private readonly ConfigurationOptions _configuration;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly SparseLog _attempts;
    private readonly CommandProbe _probe;
    private readonly TopologyReader _topologies;
    private readonly LibraryConnections _commands = new();
    private Task<ConnectionMultiplexer>? _connecting;
    private Task _probing = Task.CompletedTask;
    private volatile bool _unreachable;
    private volatile Topology? _topology;

    public RedisConnection(IOptions<RedisOptions> options, TimeProvider time, RedisMeters meters, ILoggerFactory loggers)
    {
        Options = options.Value;
        Time = time;
        Meters = meters;
        Clock = new RedisClock(time);
        _attempts = new SparseLog(time);
        _logger = loggers.CreateLogger<RedisConnection>();
        _configuration = RedisConfiguration.From(Options);
        _probe = new CommandProbe(Options, time);
        _topologies = new TopologyReader(_probe);
        var limits = new SubscriberLimits(
            Options.CommandTimeout,
            Options.ProbeInterval,
            Options.ProbeTimeout,
            Options.ReconnectMaxDelay,
            Options.MaxMessageBytes,
            Options.MaxPendingSubscriptions);
        Subscriber = new Subscriber(_configuration, limits, ReadTopologyAsync, time, loggers.CreateLogger<Subscriber>());
        Publishing = new PublishLinks(
            _configuration,
            new PublishLimits(Options.CommandTimeout, Options.ProbeInterval, Options.ProbeTimeout, Options.ReconnectMaxDelay, Options.MaxPendingPublishBytes),
            new PublishEncoder(new ChannelKeys(Options.Prefix), Clock),
            Subscriber.Refresh,
            time,
            loggers.CreateLogger<PublishLinks>());
        meters.Show(Subscriber.Connections, Publishing.Connections, _commands.Count);
    }

    /// <summary>
    /// Raised when Redis may not have all that it acknowledged: after a connection for commands was lost and made again, and twice when another server has become a primary. Handlers return soon.
    /// </summary>
    public event Action? Disturbed;

    public RedisOptions Options { get; }

    public TimeProvider Time { get; }

    /// <summary>The time of the Redis that has the leases of nodes, on Redis Cluster that one of them: all nodes look at the same clock, with each beat of their leases.</summary>
    public RedisClock Clock { get; }

    public RedisMeters Meters { get; }

    public Subscriber Subscriber { get; }

    /// <summary>The fast way for publications. It may be closed at any time, and then <see cref="RunAsync"/> is the way; so it has no part in <see cref="WhyNotReady"/>.</summary>
    public PublishLinks Publishing { get; }

    /// <summary>Whether this is a Redis Cluster, on which messages are sent by SPUBLISH. Known once connected, thus within a command.</summary>
    public bool IsSharded { get; private set; }

    /// <summary>Which of the ways to Redis that are needed does not work, since when and why, without secrets; null when they work. Never blocks.</summary>
    public string? WhyNotReady => (_probe.WhyNotReady, Subscriber.WhyNotReady) switch
    {
        ({ } commands, { } subscriptions) => $"{commands} {subscriptions}",
        var (commands, subscriptions) => commands ?? subscriptions,
    };

    /// <summary>Begins to connect. May be called more than once.</summary>
    public void Start()
    {
        lock (_lock)
            if (_connecting is null)
            {
                _connecting = Task.Run(ConnectAsync);
                _probing = ProbeAsync(_connecting);
            }

        Subscriber.Start();
    }

    /// <summary>
    /// The Redis channel of a topic: on Redis Cluster one of sharded pub/sub, which is at one primary only. To be called within a command, when it is known.
    /// </summary>
    public RedisChannel ChannelOf(string topic) => IsSharded ? RedisChannel.Sharded(topic) : RedisChannel.Literal(topic);

    /// <summary>Runs one command and gives every way of failing one name.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached, refused, or did not answer within the command time-out.</exception>
    public async ValueTask<T> RunAsync<T, TState>(Func<IDatabaseAsync, TState, Task<T>> command, TState state, CancellationToken cancellationToken)
    {
        var connecting = _connecting ?? throw new InvalidOperationException("The connection to Redis was not started.");
        try
        {
            if (_unreachable)
                throw new BrokerUnavailableException("Redis cannot be reached yet.");
            var multiplexer = connecting.IsCompletedSuccessfully
                ? connecting.Result
                : await connecting.WaitAsync(Options.CommandTimeout, Time, cancellationToken);
            return await command(multiplexer.GetDatabase(), state).WaitAsync(Options.CommandTimeout, Time, cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new BrokerUnavailableException(
                e is TimeoutException ? "Redis did not answer in time." : "Redis cannot be reached, or refused.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Subscriber.DisposeAsync();
        await Publishing.DisposeAsync();
        await _probing;
        if (_connecting is { IsCompletedSuccessfully: true, Result: var multiplexer })
            await multiplexer.DisposeAsync();
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(100), Options.ReconnectMaxDelay);
        while (true)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            try
            {
                var multiplexer = await ConnectionMultiplexer.ConnectAsync(_configuration);
                if (_stopping.IsCancellationRequested)
                    await multiplexer.DisposeAsync();
                _stopping.Token.ThrowIfCancellationRequested();
                multiplexer.ConnectionFailed += (_, failed) =>
                    Log.Failed(_logger, failed.EndPoint, failed.ConnectionType, failed.FailureType);
                multiplexer.ConnectionRestored += (_, restored) => Restored(restored);
                _commands.Watch(multiplexer);
                IsSharded = TopologyReader.IsCluster(multiplexer);
                _unreachable = false;
                return multiplexer;
            }
            catch (RedisException e)
            {
                _unreachable = true;
                var why = WhyNot(e);
                _probe.Failed(why);
                Subscriber.Refresh();
                if (_attempts.TryTake(out _))
                    Log.NotConnected(_logger, why);
            }

            await Task.Delay(backoff.Next(), Time, _stopping.Token);
        }
    }

    // Without the library's advice to whoever wrote the program. A port that speaks TLS, or does not, looks to the other side like one that is silent.
    private string WhyNot(RedisException failure)
    {
        var advice = failure.Message.IndexOf(" To allow this multiplexer", StringComparison.Ordinal);
        return $"{(advice < 0 ? failure.Message : failure.Message[..advice])} TLS is {(_configuration.Ssl ? "on" : "off")}.";
    }

    private async Task ProbeAsync(Task<ConnectionMultiplexer> connecting)
    {
        try
        {
            var multiplexer = await connecting.WaitAsync(_stopping.Token);
            Subscriber.Refresh();
            using var timer = new PeriodicTimer(Options.ProbeInterval, Time);
            do
                await _probe.AskAsync(multiplexer, _topology is { IsCluster: true } cluster ? [.. cluster.Primaries] : null);
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async ValueTask<Topology> ReadTopologyAsync(CancellationToken cancellationToken)
    {
        if (_connecting is not { IsCompletedSuccessfully: true, Result: var multiplexer })
            throw new BrokerUnavailableException(_probe.Reason ?? "not connected yet");

        var before = _topology;
        var topology = _topology = await _topologies.ReadAsync(multiplexer, Options.CommandTimeout, Time, cancellationToken);
        Publishing.Apply(topology);
        if (before is not null && !topology.Primaries.ToHashSet().SetEquals(before.Primaries))
            _ = DisturbTwiceAsync();
        return topology;
    }

    // The connection for commands may not have followed yet, so that what is written now is lost as well. It has by the time that a lease lasts.
    private async Task DisturbTwiceAsync()
    {
        Disturbed?.Invoke();
        await Task.Delay(Options.LeaseDuration, Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_stopping.IsCancellationRequested)
            Disturbed?.Invoke();
    }

    private void Restored(ConnectionFailedEventArgs restored)
    {
        Log.Restored(_logger, restored.EndPoint, restored.ConnectionType);
        if (restored.ConnectionType is ConnectionType.Interactive)
            Disturbed?.Invoke();
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Warning, "Connecting to Redis failed; will try again. {Reason}")]
        public static partial void NotConnected(ILogger logger, string reason);

        [LoggerMessage(11, LogLevel.Warning, "The {Kind} connection to Redis at {EndPoint} failed: {Failure}.")]
        public static partial void Failed(ILogger logger, EndPoint? endPoint, ConnectionType kind, ConnectionFailureType failure);

        [LoggerMessage(12, LogLevel.Information, "The {Kind} connection to Redis at {EndPoint} is back.")]
        public static partial void Restored(ILogger logger, EndPoint? endPoint, ConnectionType kind);
    }
}
