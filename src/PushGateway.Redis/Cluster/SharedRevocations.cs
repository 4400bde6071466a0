using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Redis.Scripts;
using PushGateway.Security.Revocations;
using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>
/// The revocations that the nodes share. Redis keeps them, and counts their changes; each node looks often whether there are any that it has not read. What Redis has lost, the nodes that
/// know it write again.
/// </summary>
internal sealed partial class SharedRevocations(RedisConnection redis, ILogger logger) : IAsyncDisposable
{
    // Half of the second within which a revocation is in force, so that the other half is left for the reading.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly ClusterKeys _keys = new(redis.Options.Prefix);
    private readonly CancellationTokenSource _stopping = new();
    private ILocalNode _node = null!; // Set by StartAsync, which comes before anything else.
    private Task _looking = Task.CompletedTask;
    private string _epoch = "";
    private long _read;
    private volatile bool _isDoubtful;
    private bool _failing;

    /// <summary>Reads what there is, and goes on looking for changes. A Redis that is away is tried again.</summary>
    public async Task StartAsync(ILocalNode node)
    {
        _node = node;
        redis.Disturbed += Doubt;
        await LookAsync();
        _looking = LookForeverAsync();
    }

    /// <summary>Has Redis keep a revocation.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached. The revocation may be kept or not.</exception>
    public async ValueTask KeepAsync(Revocation revocation, CancellationToken cancellationToken) => await WriteAsync([revocation], replaces: "", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        redis.Disturbed -= Doubt;
        await _stopping.CancelAsync();
        await _looking;
    }

    // Redis may have lost changes, and made others since that have their numbers.
    private void Doubt() => _isDoubtful = true;

    private async Task LookForeverAsync()
    {
        while (true)
        {
            await Task.Delay(Interval, redis.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
                return;
            await LookAsync();
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await CatchUpAsync();
            if (_failing)
                Log.ReadAgain(logger);
            _failing = false;
        }
        catch (Exception e)
        {
            // Whatever it was: a look that fails must not be the last.
            if (!_failing && !_stopping.IsCancellationRequested)
                Log.NotRead(logger, e.Message);
            _failing = true;
        }
    }

    private async Task CatchUpAsync()
    {
        if (_isDoubtful)
        {
            _isDoubtful = false;
            _epoch = "";
        }

        var page = await ReadAsync(_epoch, _read);
        if (page.Epoch.Length > 0 && page.Epoch == _epoch && page.Latest < _read)
        {
            // Redis was set back. Another epoch tells the other nodes so, which may not look before as many changes as were lost have been made.
            await WriteAsync([], replaces: _epoch, _stopping.Token);
            page = await ReadAsync(_epoch, _read);
        }

        if (page.Epoch == _epoch && _epoch.Length > 0)
            await TakeAsync(page);
        else
            await StartOverAsync(page);
    }

    private async Task TakeAsync(RevocationPage page, HashSet<Revocation>? missing = null)
    {
        while (true)
        {
            if (page.Revocations.Count > 0)
                _node.Learn(page.Revocations, areAll: false);
            missing?.ExceptWith(page.Revocations);
            _read = Math.Max(_read, page.Read);
            if (page.IsLast)
                return;

            var next = await ReadAsync(page.Epoch, _read);
            if (next.Epoch != page.Epoch)
                throw new BrokerUnavailableException("Redis lost the revocations while they were read.");
            page = next;
        }
    }

    private async Task StartOverAsync(RevocationPage page)
    {
        var missing = _node.Revocations.ToHashSet();
        (_epoch, _read) = ("", 0);
        await TakeAsync(page, missing);

        // Where Redis has more than that already, the script changes nothing, and so nobody reads it again.
        foreach (var some in missing.Chunk(RevocationPage.MaxSize))
            await WriteAsync(some, replaces: "", _stopping.Token);
        _epoch = page.Epoch;
        _node.Learn([], areAll: true);
    }

    private async Task<RevocationPage> ReadAsync(string epoch, long read) => new(await redis.RunAsync(
        static (redis, state) => Script.Revocations.EvaluateAsync(redis, state.Keys, state.Epoch, state.Read, RevocationPage.MaxSize),
        (Keys: _keys.Revocations, Epoch: epoch, Read: read),
        _stopping.Token));

    private async Task WriteAsync(Revocation[] revocations, string replaces, CancellationToken cancellationToken) => await redis.RunAsync(
        static (redis, state) => Script.Revoke.EvaluateAsync(redis, state.Keys, state.Arguments),
        (Keys: _keys.Revocations, Arguments: (RedisValue[])[Epoch.New(), replaces, .. revocations.SelectMany(RevocationPage.Write)]),
        cancellationToken);

    private static partial class Log
    {
        [LoggerMessage(35, LogLevel.Warning, "The revocations of tokens could not be read; will try again. Until they have been read once, no client with a token is let in. {Reason}")]
        public static partial void NotRead(ILogger logger, string reason);

        [LoggerMessage(36, LogLevel.Information, "The revocations of tokens are read again.")]
        public static partial void ReadAgain(ILogger logger);
    }
}
