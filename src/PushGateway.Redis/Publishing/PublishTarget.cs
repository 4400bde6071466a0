using System.Net;
using Microsoft.Extensions.Logging;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Publishing;

/// <summary>One primary that is published to: keeps a connection to it, for as long as the primary is one.</summary>
internal sealed partial class PublishTarget(PublishLinks links, EndPoint endPoint, bool isSharded) : IAsyncDisposable
{
    private static readonly TimeSpan FirstReconnectDelay = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _retired = new();
    private volatile PublishLink? _link;
    private Task _running = Task.CompletedTask;
    private string? _outage;

    public EndPoint EndPoint => endPoint;

    /// <summary>The connection in use, or being made; null between two.</summary>
    public PublishLink? Link => _link;

    /// <summary>How many topologies in a row did not have this primary. Guarded by the lock of the links.</summary>
    public int Missing_NeedsLock { get; set; }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Ends the connection and makes no other.</summary>
    public async ValueTask DisposeAsync()
    {
        await _retired.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff(FirstReconnectDelay, links.Limits.ReconnectMaxDelay);
        while (!_retired.IsCancellationRequested)
        {
            var reason = await ConnectAndReadAsync(backoff);
            if (_retired.IsCancellationRequested)
                return;
            links.Relocate();

            // Once an outage, not once an attempt.
            if (reason.Message != _outage)
                Log.Lost(links.Logger, EndPoint, reason.Message);
            _outage = reason.Message;
            await Task.Delay(backoff.Next(), links.Time, _retired.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<Exception> ConnectAndReadAsync(Backoff backoff)
    {
        var isCounted = false;
        try
        {
            using var link = new PublishLink(links, EndPoint, isSharded);
            using var stop = _retired.Token.Register(() => link.Abort(new OperationCanceledException()));
            var ended = link.RunAsync();
            _link = link;
            if (await Task.WhenAny(link.Opened.Task, ended) != ended)
            {
                backoff.Reset();
                _outage = null;
                Log.Connected(links.Logger, EndPoint);
                links.Connections.Add();
                isCounted = true;
            }

            return await ended;
        }
        catch (Exception e)
        {
            return e;
        }
        finally
        {
            _link = null;
            if (isCounted)
                links.Connections.Remove();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Publishing to Redis at {EndPoint}.")]
        public static partial void Connected(ILogger logger, EndPoint endPoint);

        [LoggerMessage(2, LogLevel.Warning, "The connection for publishing to Redis at {EndPoint} failed; will try again. Until then publications go by that for all other commands. {Reason}")]
        public static partial void Lost(ILogger logger, EndPoint endPoint, string reason);
    }
}
