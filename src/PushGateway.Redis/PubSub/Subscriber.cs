using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using StackExchange.Redis;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// Receives from Redis on a connection for that alone, and keeps it: after a loss it connects again and subscribes to all that is wanted.
/// Why not by StackExchange.Redis: docs/decisions/0001-redis-subscriptions.md.
/// </summary>
internal sealed partial class Subscriber : IAsyncDisposable
{
    private static readonly TimeSpan FirstReconnectDelay = TimeSpan.FromMilliseconds(50);

    private readonly ConfigurationOptions _configuration;
    private readonly SubscriberLimits _limits;
    private readonly Func<CancellationToken, ValueTask<EndPoint>> _locate;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SparseLog _handlerFailures;
    private readonly SparseLog _oversized;
    private readonly CancellationTokenSource _stopping = new();

    private TopicSpace[] _spaces = [];
    private SubscriberLink? _link;
    private volatile Outage? _outage;
    private bool _receivedBefore;
    private Task? _running;
    private ITimer? _probe;

    /// <param name="configuration">Credentials, TLS and the connect time-out.</param>
    /// <param name="limits">Times and bounds.</param>
    /// <param name="locate">Says where to connect; asked before every attempt, so that a failover is followed.</param>
    /// <param name="time">All time comes from it.</param>
    /// <param name="logger">Where connects and losses are told.</param>
    public Subscriber(
        ConfigurationOptions configuration,
        SubscriberLimits limits,
        Func<CancellationToken, ValueTask<EndPoint>> locate,
        TimeProvider time,
        ILogger logger)
    {
        _configuration = configuration;
        _limits = limits;
        _locate = locate;
        _time = time;
        _logger = logger;
        _handlerFailures = new SparseLog(time);
        _oversized = new SparseLog(time);
        _outage = Outage.Of(null, "not connected yet", time);
    }

    /// <summary>Raised when a connection was lost, before anything comes over the next: what is published now does not come.</summary>
    public event Action? Interrupted;

    /// <summary>Raised when a connection was lost and all that was subscribed on it is subscribed again: what was published meanwhile did not come.</summary>
    public event Action? Resubscribed;

    /// <summary>Why not everything that is wanted is received now, without secrets; null when it is. Never blocks.</summary>
    public string? WhyNotReady => _outage?.Describe("Redis delivers nothing");

    /// <summary>Guards what is wanted and what is asked for. Held for a few instructions only, never while something is sent or delivered.</summary>
    internal Lock Gate { get; } = new();

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
            _running ??= Task.Run(RunAsync);
            _probe ??= _time.CreateTimer(static self => ((Subscriber)self!).Probe(), this, _limits.ProbeInterval, _limits.ProbeInterval);
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
            _link?.Ask_NeedsLock(new Request(RequestKind.Subscribe, space, name, waiter));
        }

        try
        {
            await waiter.Task.WaitAsync(_limits.CommandTimeout, _time, cancellationToken);
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
                throw new BrokerUnavailableException($"Redis did not confirm a subscription in time ({_outage?.Reason ?? "no answer"}).");
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
                _link?.Ask_NeedsLock(new Request(RequestKind.Subscribe, space, name));
            }
        }
    }

    /// <summary>Completes when Redis has confirmed, or will not. What still arrives is not delivered.</summary>
    public async ValueTask UnsubscribeAsync(TopicSpace space, string name)
    {
        Waiter waiter;
        lock (Gate)
        {
            if (_link is null)
            {
                if (space.Wanted_NeedsLock.Remove(name, out var unsent))
                    unsent?.TrySetException(GivenUp());
                return;
            }

            if (!space.Wanted_NeedsLock.ContainsKey(name))
                return;
            Forget_NeedsLock(space, name, waiter = new Waiter());
        }

        await ((Task)waiter.Task).WaitAsync(_limits.CommandTimeout, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_probe is not null)
            await _probe.DisposeAsync();
        if (_running is not null)
            await _running;
    }

    /// <summary>Takes a connection into use: what is wanted is asked for on it, first that for which somebody waits.</summary>
    internal void Attach_NeedsLock(SubscriberLink link)
    {
        _link = link;
        var unawaited = new List<(TopicSpace, string)>();
        foreach (var space in _spaces)
            foreach (var (name, waiter) in space.Wanted_NeedsLock)
            {
                if (waiter is null)
                    unawaited.Add((space, name));
                else
                    link.Ask_NeedsLock(new Request(RequestKind.Subscribe, space, name, waiter));
            }

        link.Restore_NeedsLock(unawaited);
    }

    /// <summary>Nobody waits for this one any more, unless it was given up and asked for again since.</summary>
    internal static void Confirm_NeedsLock(in Request request)
    {
        var wanted = request.Space!.Wanted_NeedsLock;
        if (request.Waiter is not null && wanted.TryGetValue(request.Name, out var current) && current == request.Waiter)
            wanted[request.Name] = null;
    }

    /// <summary>Hands a message to its space, on the reading thread.</summary>
    internal void Deliver(ReadOnlySpan<byte> topic, ReadOnlyMemory<byte> payload)
    {
        TopicSpace? found = null;
        var name = "";
        lock (Gate)
            foreach (var space in _spaces)
                if (space.TryFind_NeedsLock(topic, out name))
                {
                    found = space;
                    break;
                }

        try
        {
            found?.Handler(name, payload);
        }
        catch (Exception e)
        {
            if (_handlerFailures.TryTake(out var count))
                Log.DeliveryFailed(_logger, e, count);
        }
    }

    /// <summary>Counts a message that is too long to be accepted.</summary>
    internal void PassOver(long length)
    {
        if (_oversized.TryTake(out var count))
            Log.PassedOver(_logger, length, _limits.MaxMessageBytes, count);
    }

    private static BrokerUnavailableException GivenUp() => new("The channel was given up before Redis had confirmed it.");

    private void Forget_NeedsLock(TopicSpace space, string name, Waiter? waiter)
    {
        space.Wanted_NeedsLock.Remove(name);
        _link?.Ask_NeedsLock(new Request(RequestKind.Unsubscribe, space, name, waiter));
    }

    private void Probe()
    {
        lock (Gate)
            _link?.Probe_NeedsLock();
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff(FirstReconnectDelay, _limits.ReconnectMaxDelay);
        while (!_stopping.IsCancellationRequested)
        {
            var reason = await ConnectAndReadAsync(backoff);
            if (_stopping.IsCancellationRequested)
                return;

            // Once an outage, not once an attempt.
            if (reason.Message != _outage?.Reason)
                Log.Lost(_logger, reason.Message);
            _outage = Outage.Of(_outage, reason.Message, _time);
            await Task.Delay(backoff.Next(), _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Exception> ConnectAndReadAsync(Backoff backoff)
    {
        try
        {
            using var link = new SubscriberLink(this, await _locate(_stopping.Token), _configuration, _limits, _time);
            using var stop = _stopping.Token.Register(() => link.Abort(new OperationCanceledException()));
            var ended = link.RunAsync();
            if (await Task.WhenAny(link.Restored.Task, ended) != ended)
            {
                backoff.Reset();
                _outage = null;
                Log.Connected(_logger, link.EndPoint);
                if (_receivedBefore)
                    Resubscribed?.Invoke();
                _receivedBefore = true;
            }

            var reason = await ended;
            Interrupted?.Invoke();
            Detach(link);
            return reason;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private void Detach(SubscriberLink link)
    {
        lock (Gate)
        {
            _link = null;
            foreach (var request in link.Drain_NeedsLock())
            {
                if (request.Kind is RequestKind.Unsubscribe)
                    request.Waiter?.TrySetResult();
                else if (request is { Kind: RequestKind.Subscribe, Waiter: { } waiter } && !IsAwaited_NeedsLock(request))
                    waiter.TrySetException(GivenUp());
            }
        }
    }

    private static bool IsAwaited_NeedsLock(Request request) =>
        request.Space!.Wanted_NeedsLock.TryGetValue(request.Name, out var waiter) && waiter == request.Waiter;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Receiving from Redis at {EndPoint}.")]
        public static partial void Connected(ILogger logger, EndPoint endPoint);

        [LoggerMessage(2, LogLevel.Warning, "Not receiving from Redis; will try again. {Reason}")]
        public static partial void Lost(ILogger logger, string reason);

        [LoggerMessage(3, LogLevel.Error, "Delivering a message failed ({Count} since the last report).")]
        public static partial void DeliveryFailed(ILogger logger, Exception exception, long count);

        [LoggerMessage(4, LogLevel.Warning, "A message of {Length} bytes was passed over: at most {Limit} are accepted ({Count} since the last report).")]
        public static partial void PassedOver(ILogger logger, long length, int limit, long count);
    }
}
