using System.Text;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Redis.Diagnostics;
using StackExchange.Redis;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// Receives from Redis on connections for that alone, one to each primary, and keeps them: after a loss it connects again and subscribes to all that
/// is wanted. Why not by StackExchange.Redis: docs/decisions/0001-redis-subscriptions.md.
/// </summary>
internal sealed partial class Subscriber : IAsyncDisposable
{
    private readonly TopologyWatch _watch;
    private readonly SparseLog _handlerFailures;
    private readonly SparseLog _oversized;

    private TopicSpace[] _spaces = [];
    private bool _started;
    private Task _retiring = Task.CompletedTask;
    private ITimer? _probe;

    /// <param name="configuration">Credentials, TLS and the connect time-out.</param>
    /// <param name="limits">Times and bounds.</param>
    /// <param name="locate">Says where the primaries are; asked at every probe and after each loss, so that a failover is followed.</param>
    /// <param name="time">All time comes from it.</param>
    /// <param name="logger">Where connects and losses are told.</param>
    public Subscriber(
        ConfigurationOptions configuration,
        SubscriberLimits limits,
        Func<CancellationToken, ValueTask<Topology>> locate,
        TimeProvider time,
        ILogger logger)
    {
        Configuration = configuration;
        Limits = limits;
        Time = time;
        Logger = logger;
        _handlerFailures = new SparseLog(time);
        _oversized = new SparseLog(time);
        Map = new ShardMap(this);
        Redirects = new Redirects(this);
        _watch = new TopologyWatch(this, locate);
    }

    /// <summary>
    /// Raised when a connection or a slot was lost, before anything comes from elsewhere: what is published now does not come. Raised within the lock; it must not call back.
    /// </summary>
    public event Action? Interrupted;

    /// <summary>Raised when a connection or a slot was lost and all that was subscribed there is subscribed again: what was published meanwhile did not come.</summary>
    public event Action? Resubscribed;

    /// <summary>Why not everything that is wanted is received now, without secrets; null when it is. Never blocks.</summary>
    public string? WhyNotReady => Outage?.Describe("Redis delivers nothing, or not all");

    /// <summary>Those on which all that is wanted was received.</summary>
    public ConnectionCount Connections { get; } = new();

    internal ConfigurationOptions Configuration { get; }

    internal SubscriberLimits Limits { get; }

    internal TimeProvider Time { get; }

    internal ILogger Logger { get; }

    internal ShardMap Map { get; }

    internal Redirects Redirects { get; }

    /// <summary>Guards what is wanted and what is asked for. Held for a few instructions only, never while something is sent or delivered.</summary>
    internal Lock Gate { get; } = new();

    private Outage? Outage
    {
        get
        {
            lock (Gate)
                foreach (var shard in Map.Shards_NeedsLock)
                    if (shard.Outage is { } outage)
                        return outage;
            return _watch.Outage;
        }
    }

    /// <summary>Adds a family of topics. Before <see cref="Start"/> or after, but before its first subscription.</summary>
    public TopicSpace AddSpace(string prefix, string suffix, MessageHandler handler)
    {
        var space = new TopicSpace(prefix, suffix, handler);
        lock (Gate)
            _spaces = [.. _spaces, space];
        return space;
    }

    /// <summary>Begins to connect. May be called more than once.</summary>
    public void Start()
    {
        lock (Gate)
        {
            if (_started)
                return;
            _started = true;
            _watch.Start();
            _probe = Time.CreateTimer(static self => ((Subscriber)self!).Probe(), this, Limits.ProbeInterval, Limits.ProbeInterval);
        }
    }

    /// <summary>Completes when Redis has confirmed.</summary>
    /// <exception cref="BrokerUnavailableException">Redis did not confirm in time. Nothing is wanted any more.</exception>
    public async ValueTask SubscribeAsync(TopicSpace space, string name, CancellationToken cancellationToken)
    {
        if (name.Length > AsciiNames.MaxLength || !Ascii.IsValid(name))
            throw new ArgumentException($"A channel's name is ASCII and at most {AsciiNames.MaxLength} characters long.", nameof(name));

        var waiter = new Waiter();
        lock (Gate)
        {
            if (!space.Wanted_NeedsLock.TryAdd(name, waiter))
                throw new InvalidOperationException("The channel is subscribed already.");
            Map.Ask_NeedsLock(new Request(RequestKind.Subscribe, space, name, waiter));
        }

        try
        {
            await waiter.Task.WaitAsync(Limits.CommandTimeout, Time, cancellationToken);
        }
        catch (Exception e)
        {
            lock (Gate)
            {
                // It may have been confirmed just now.
                if (waiter.Task.IsCompletedSuccessfully)
                    return;
                if (space.Wanted_NeedsLock.TryGetValue(name, out var current) && current == waiter)
                    Forget_NeedsLock(space, name, waiter: null);
            }

            if (e is TimeoutException)
                throw new BrokerUnavailableException($"Redis did not confirm a subscription in time ({Outage?.Reason ?? "no answer"}).");
            throw;
        }
    }

    /// <summary>Wants a topic for good, whether or not Redis is there to confirm it now.</summary>
    public async Task KeepAsync(TopicSpace space, string name, CancellationToken cancellationToken)
    {
        try
        {
            await SubscribeAsync(space, name, cancellationToken);
        }
        catch (BrokerUnavailableException)
        {
            lock (Gate)
            {
                space.Wanted_NeedsLock[name] = null;
                Map.Ask_NeedsLock(new Request(RequestKind.Subscribe, space, name));
            }
        }
    }

    /// <summary>Completes when Redis has confirmed, or will not. What still arrives is not delivered.</summary>
    public async ValueTask UnsubscribeAsync(TopicSpace space, string name)
    {
        var waiter = new Waiter();
        lock (Gate)
        {
            if (!space.Wanted_NeedsLock.ContainsKey(name))
                return;
            Forget_NeedsLock(space, name, waiter);
        }

        await ((Task)waiter.Task).WaitAsync(Limits.CommandTimeout, Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        if (_probe is not null)
            await _probe.DisposeAsync();
        await _watch.DisposeAsync();
        lock (Gate)
            foreach (var shard in Map.Shards_NeedsLock)
                Retire_NeedsLock(shard);
        await _retiring;
    }

    /// <summary>Reads the topology again soon.</summary>
    internal void Refresh() => _watch.Refresh();

    /// <summary>Ends the connection to a server that is a primary no more.</summary>
    internal void Retire_NeedsLock(Shard shard) => _retiring = Task.WhenAll(_retiring, Task.Run(async () => await shard.DisposeAsync()));

    internal void Interrupt_NeedsLock() => Interrupted?.Invoke();

    /// <summary>Tells, once all is subscribed again, that something was lost.</summary>
    internal async Task AnnounceAsync(Waiter restored)
    {
        await restored.Task;
        Resubscribed?.Invoke();
    }

    /// <summary>All that is wanted, each with whoever still waits for its confirmation.</summary>
    internal IEnumerable<(Topic Topic, Waiter? Waiter)> Wanted_NeedsLock()
    {
        foreach (var space in _spaces)
            foreach (var (name, waiter) in space.Wanted_NeedsLock)
                yield return (new Topic(space, name), waiter);
    }

    /// <summary>Nobody waits for this one any more, unless it was given up and asked for again since.</summary>
    internal static void Confirm_NeedsLock(in Request request)
    {
        var wanted = request.Space!.Wanted_NeedsLock;
        if (request.Waiter is not null && wanted.TryGetValue(request.Name, out var current) && current == request.Waiter)
            wanted[request.Name] = null;
    }

    /// <summary>Whether this is the latest that was said of its topic: to have it.</summary>
    internal static bool IsWanted_NeedsLock(in Request request) =>
        request.Kind is RequestKind.Subscribe
        && request.Space!.Wanted_NeedsLock.TryGetValue(request.Name, out var waiter)
        && waiter == request.Waiter;

    /// <summary>A request will not be answered. Whoever waits for a topic goes on waiting, since it will be asked for elsewhere, unless it was given up.</summary>
    internal static void Lose_NeedsLock(in Request request)
    {
        if (request.Kind is RequestKind.Unsubscribe)
            request.Waiter?.TrySetResult();
        else if (request.Kind is RequestKind.Subscribe && !IsWanted_NeedsLock(in request))
            request.Waiter?.TrySetException(GivenUp());
    }

    /// <summary>Finds what is wanted under the name of a Redis channel, without making a string.</summary>
    internal bool TryFind_NeedsLock(ReadOnlySpan<byte> redisChannel, out Topic topic)
    {
        foreach (var space in _spaces)
            if (space.TryFind_NeedsLock(redisChannel, out var name))
            {
                topic = new Topic(space, name);
                return true;
            }

        topic = default;
        return false;
    }

    /// <summary>Hands messages of one topic to its space, on the reading thread.</summary>
    internal void Deliver(ReadOnlySpan<byte> redisChannel, ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        bool found;
        Topic topic;
        lock (Gate)
            found = TryFind_NeedsLock(redisChannel, out topic);

        try
        {
            if (found)
                topic.Space.Handler(topic.Name, payloads);
        }
        catch (Exception e)
        {
            if (_handlerFailures.TryTake(out var count))
                Log.DeliveryFailed(Logger, e, count);
        }
    }

    /// <summary>Counts a message that is too long to be accepted.</summary>
    internal void PassOver(long length)
    {
        if (_oversized.TryTake(out var count))
            Log.PassedOver(Logger, length, Limits.MaxMessageBytes, count);
    }

    private static BrokerUnavailableException GivenUp() => new("The channel was given up before Redis had confirmed it.");

    private void Forget_NeedsLock(TopicSpace space, string name, Waiter? waiter)
    {
        space.Wanted_NeedsLock.Remove(name, out var waiting);
        if (Map.Forget_NeedsLock(new Topic(space, name)))
            waiting?.TrySetException(GivenUp());
        Map.Ask_NeedsLock(new Request(RequestKind.Unsubscribe, space, name, waiter));
    }

    private void Probe()
    {
        lock (Gate)
            foreach (var shard in Map.Shards_NeedsLock)
                shard.Link_NeedsLock?.Probe_NeedsLock();
    }

    private static partial class Log
    {
        [LoggerMessage(3, LogLevel.Error, "Delivering a message failed ({Count} since the last report).")]
        public static partial void DeliveryFailed(ILogger logger, Exception exception, long count);

        [LoggerMessage(4, LogLevel.Warning, "A message of {Length} bytes was passed over: at most {Limit} are accepted ({Count} since the last report).")]
        public static partial void PassedOver(ILogger logger, long length, int limit, long count);
    }
}
