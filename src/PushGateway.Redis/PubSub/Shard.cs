using System.Net;
using Microsoft.Extensions.Logging;

namespace PushGateway.Redis.PubSub;

/// <summary>One primary that is received from: keeps a connection to it, for as long as the primary is one.</summary>
internal sealed partial class Shard(Subscriber subscriber, EndPoint endPoint, bool isSharded) : IAsyncDisposable
{
    private static readonly TimeSpan FirstReconnectDelay = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _retired = new();
    private volatile Outage? _outage = Outage.Of(null, "not connected yet", subscriber.Time);
    private Task _running = Task.CompletedTask;

    public EndPoint EndPoint { get; } = endPoint;

    /// <summary>Whether topics are those of sharded pub/sub, each at the primary of its slot.</summary>
    public bool IsSharded { get; } = isSharded;

    /// <summary>Null while all that is wanted from this primary is received.</summary>
    public Outage? Outage => _outage;

    /// <summary>The connection in use; null while there is none. Guarded by the subscriber's lock.</summary>
    public SubscriberLink? Link_NeedsLock { get; private set; }

    /// <summary>How many topologies in a row did not have this primary. Guarded by the subscriber's lock.</summary>
    public int Missing_NeedsLock { get; set; }

    /// <summary>Whether it is given up. Guarded by the subscriber's lock.</summary>
    public bool IsRetired_NeedsLock { get; set; }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Ends the connection and makes no other; completes when nothing more is delivered from it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _retired.CancelAsync();
        await _running;
    }

    /// <summary>Takes a connection into use: what is wanted from this primary is asked for on it.</summary>
    public void Attach(SubscriberLink link)
    {
        lock (subscriber.Gate)
        {
            Link_NeedsLock = link;
            subscriber.Map.Attach_NeedsLock(this, link);
        }
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff(FirstReconnectDelay, subscriber.Limits.ReconnectMaxDelay);
        while (!_retired.IsCancellationRequested)
        {
            var reason = await ConnectAndReadAsync(backoff);
            subscriber.Refresh();
            if (_retired.IsCancellationRequested)
                return;

            // Once an outage, not once an attempt.
            if (reason.Message != _outage?.Reason)
                Log.Lost(subscriber.Logger, EndPoint, reason.Message);
            _outage = Outage.Of(_outage, reason.Message, subscriber.Time);
            await Task.Delay(backoff.Next(), subscriber.Time, _retired.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Exception> ConnectAndReadAsync(Backoff backoff)
    {
        var isCounted = false;
        try
        {
            using var link = new SubscriberLink(subscriber, this);
            using var stop = _retired.Token.Register(() => link.Abort(new OperationCanceledException()));
            var ended = link.RunAsync();
            if (await Task.WhenAny(link.Restored.Task, ended) != ended)
            {
                backoff.Reset();
                _outage = null;
                Log.Connected(subscriber.Logger, EndPoint);
                subscriber.Connections.Add();
                isCounted = true;
            }

            var reason = await ended;
            Detach(link);
            return reason;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            if (isCounted)
                subscriber.Connections.Remove();
        }
    }

    private void Detach(SubscriberLink link)
    {
        lock (subscriber.Gate)
        {
            if (Link_NeedsLock is not null)
                subscriber.Interrupt_NeedsLock();
            Link_NeedsLock = null;
            foreach (var request in link.Drain_NeedsLock())
                Subscriber.Lose_NeedsLock(in request);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Receiving from Redis at {EndPoint}.")]
        public static partial void Connected(ILogger logger, EndPoint endPoint);

        [LoggerMessage(2, LogLevel.Warning, "Not receiving from Redis at {EndPoint}; will try again. {Reason}")]
        public static partial void Lost(ILogger logger, EndPoint endPoint, string reason);
    }
}
