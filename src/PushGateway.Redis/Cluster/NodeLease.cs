using System.Text.Json;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;

namespace PushGateway.Redis.Cluster;

/// <summary>A node is alive while its lease runs; it renews the lease for as long as it works.</summary>
internal sealed partial class NodeLease(RedisConnection redis, ILogger logger) : IAsyncDisposable
{
    private readonly RedisKey[] _keys = ClusterKeys.Leases(redis.Options.Prefix);
    private readonly CancellationTokenSource _stopping = new();
    private string? _id;
    private Task _renewing = Task.CompletedTask;
    private bool _failing;

    /// <summary>Takes the lease and goes on renewing it; a Redis that is away is tried again at each beat.</summary>
    public async Task StartAsync(ILocalNode node)
    {
        _id = node.Describe().Id;
        await RenewAsync(node);
        _renewing = RenewForeverAsync(node);
    }

    /// <summary>What the nodes with a running lease said of themselves when they last renewed it.</summary>
    /// <exception cref="BrokerUnavailableException">Redis cannot be reached.</exception>
    public async Task<List<NodeInfo>> GetLiveAsync(CancellationToken cancellationToken)
    {
        var result = await redis.RunAsync(static (redis, keys) => Script.Nodes.EvaluateAsync(redis, keys), _keys, cancellationToken);
        var nodes = new List<NodeInfo>();
        foreach (var description in (byte[]?[]?)result ?? [])
            if (description is not null && Parse(description) is { } node)
                nodes.Add(node);
        return nodes;
    }

    public async ValueTask DisposeAsync()
    {
        if (_id is not { } id || _stopping.IsCancellationRequested)
            return;

        await _stopping.CancelAsync();
        await _renewing;
        try
        {
            await redis.RunAsync(
                static (redis, state) => Script.Leave.EvaluateAsync(redis, state.Keys, state.Id),
                (Keys: _keys, Id: id),
                CancellationToken.None);
        }
        catch (BrokerUnavailableException)
        {
            // The lease runs out by itself.
        }
    }

    private async Task RenewForeverAsync(ILocalNode node)
    {
        using var timer = new PeriodicTimer(redis.Options.HeartbeatInterval, redis.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await RenewAsync(node);
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task RenewAsync(ILocalNode node)
    {
        try
        {
            var info = node.Describe();
            await redis.RunAsync(
                static (redis, state) => Script.Heartbeat.EvaluateAsync(redis, state.Keys, state.Id, state.Duration, state.Description),
                (
                    Keys: _keys,
                    info.Id,
                    Duration: (long)redis.Options.LeaseDuration.TotalMilliseconds,
                    Description: JsonSerializer.SerializeToUtf8Bytes(info, ClusterJson.Default.NodeInfo)),
                _stopping.Token);
            if (_failing)
                Log.Renewed(logger);
            _failing = false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was: a beat that fails must not be the last.
            if (!_failing)
                Log.NotRenewed(logger, e.Message);
            _failing = true;
        }
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
    }
}
