using PushGateway.IntegrationTests.Contracts;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A primary with a replica, and a Sentinel that watches over them.</summary>
internal sealed class RedisSentinel : IAsyncDisposable
{
    private const string Service = "gateway";

    private readonly RedisMember[] _servers;
    private readonly RedisMember _sentinel;

    private RedisSentinel(RedisMember[] servers, RedisMember sentinel)
    {
        _servers = servers;
        _sentinel = sentinel;
    }

    public string ConnectionString => $"{_sentinel.EndPoint},serviceName={Service}";

    public static async Task<RedisSentinel> StartAsync(CancellationToken cancellationToken)
    {
        string[] arguments = ["--save", "", "--shutdown-timeout", "0", "--repl-diskless-sync-delay", "0"];
        var servers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RedisMember.StartAsync(arguments, hasBus: false, cancellationToken)));
        var redis = new RedisSentinel(servers, await RedisMember.StartSentinelAsync(cancellationToken));

        // Looking around each second or oftener, instead of each ten.
        await redis._sentinel.ExecuteAsync("SENTINEL", "DEBUG", "INFO-PERIOD", 500, "PUBLISH-PERIOD", 250);
        await servers[1].ExecuteAsync("REPLICAOF", "127.0.0.1", servers[0].EndPoint.Port);
        await redis._sentinel.ExecuteAsync("SENTINEL", "MONITOR", Service, "127.0.0.1", servers[0].EndPoint.Port, 1);
        await redis._sentinel.ExecuteAsync("SENTINEL", "SET", Service, "down-after-milliseconds", 1000, "failover-timeout", 4000);
        await redis.UntilWholeAsync();
        return redis;
    }

    /// <summary>Sends a command to each server, Sentinel excepted.</summary>
    public Task<RedisResult[]> ExecuteOnServersAsync(params object[] command) => Task.WhenAll(_servers.Select(server => server.ExecuteAsync(command)));

    /// <summary>The primary as the Sentinel sees it, and the other one.</summary>
    public async Task<(RedisMember Primary, RedisMember Replica)> FindAsync()
    {
        var address = (string[])(await _sentinel.ExecuteAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service))!;
        return address[1] == $"{_servers[0].EndPoint.Port}" ? (_servers[0], _servers[1]) : (_servers[1], _servers[0]);
    }

    /// <summary>Waits until the Sentinel knows a replica, and that follows the primary.</summary>
    public async Task UntilWholeAsync() => await Patience.UntilAsync(async () =>
    {
        var replicas = await _sentinel.ExecuteAsync("SENTINEL", "REPLICAS", Service);
        var role = await (await FindAsync()).Replica.ExecuteAsync("ROLE");
        return replicas.Length == 1 && role[0].ToString() == "slave" && role[3].ToString() == "connected";
    });

    /// <summary>Makes the replica the primary.</summary>
    public async Task FailOverAsync() => await Patience.UntilAsync(async () =>
    {
        try
        {
            await _sentinel.ExecuteAsync("SENTINEL", "FAILOVER", Service);
            return true;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOGOODSLAVE", StringComparison.Ordinal))
        {
            // The Sentinel has not looked at the replica often enough yet.
            return false;
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _sentinel.DisposeAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
    }
}
