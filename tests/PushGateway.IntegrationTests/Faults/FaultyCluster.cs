using System.Net;
using System.Net.Sockets;
using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Redis;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>
/// Two nodes, a Redis that writes down each change before it answers, and a proxy on the way of each node to it. The scenarios of a class share one; each leaves it whole.
/// </summary>
public sealed class FaultyCluster : IAsyncLifetime
{
    private readonly List<TcpProxy> _proxies = [];
    private NodePair? _pair;

    internal RedisServer Redis { get; private set; } = null!;

    /// <summary>The nodes' ways to Redis, in the order of the nodes.</summary>
    internal IReadOnlyList<TcpProxy> Proxies => _proxies;

    internal IReadOnlyList<NodeProcess> Nodes => _pair!.Nodes;

    internal TrialOptions Trial => _pair!.Trial;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartPrivateAsync(Cancellation, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes");
        _proxies.AddRange([new TcpProxy(Redis.ConnectionString), new TcpProxy(Redis.ConnectionString)]);
        _pair = await NodePair.StartAsync(_proxies[0].Address, _proxies[1].Address, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_pair is not null)
            await _pair.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        if (Redis is not null)
            await Redis.DisposeAsync();
    }

    /// <summary>Carries out an operator's command at Redis.</summary>
    internal async Task<RedisResult> CommandAsync(string command, params object[] arguments)
    {
        await using var redis = await RedisServerControl.ConnectAsync(Redis);
        return await redis.Database.ExecuteAsync(command, arguments);
    }

    /// <summary>Lets Redis fall over its own feet, without time to put anything in order, and waits until it is gone.</summary>
    internal async Task CrashRedisAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CommandAsync("DEBUG", "SEGFAULT");
        }
        catch (RedisException)
        {
            // It cannot answer any more.
        }

        while (await IsListeningAsync(cancellationToken))
            await Task.Delay(20, cancellationToken);
    }

    private async Task<bool> IsListeningAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPEndPoint.Parse(Redis.ConnectionString), cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
