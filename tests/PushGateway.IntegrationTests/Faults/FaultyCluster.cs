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
    /// <summary>The namespace with a history that outlasts each scenario.</summary>
    private const string Namespace = "kept";

    /// <summary>The namespace with a history that a short absence outlasts.</summary>
    internal const string Brief = "brief";

    private static readonly (string, string)[] Settings =
    [
        ($"PushGateway:Namespaces:{Brief}:HistorySize", "3"),
        ($"PushGateway:Namespaces:{Brief}:Subscribe", "Anonymous"),
        ($"PushGateway:Namespaces:{Namespace}:HistorySize", "10000"),
        ($"PushGateway:Namespaces:{Namespace}:Subscribe", "Anonymous"),
        ("PushGateway:Shutdown:PauseSeconds", "0"),
        ("PushGateway:Shutdown:DrainSeconds", "1"),
        ("Logging:LogLevel:Default", "Warning"),
        ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    private readonly List<TcpProxy> _proxies = [];
    private readonly List<NodeProcess> _nodes = [];

    internal RedisServer Redis { get; private set; } = null!;

    /// <summary>The nodes' ways to Redis, in the order of the nodes.</summary>
    internal IReadOnlyList<TcpProxy> Proxies => _proxies;

    internal IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>What a trial with this cluster is like: enough to find what is wrong within seconds, and little enough for a machine that does other things too.</summary>
    internal TrialOptions Trial => new()
    {
        Nodes = [.. _nodes.Select(node => node.Address)],
        Key = NodeProcess.Key,
        Namespace = Namespace,
        AttemptTimeout = TimeSpan.FromSeconds(3),
        Patience = TimeSpan.FromSeconds(20),
    };

    public async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartPrivateAsync(Cancellation, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--enable-debug-command", "yes");
        for (var i = 0; i < 2; i++)
            _proxies.Add(new TcpProxy(Redis.ConnectionString));
        _nodes.AddRange(await Task.WhenAll(_proxies.Select(proxy => NodeProcess.StartAsync(proxy.Address, Cancellation, Settings))));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        await Redis.DisposeAsync();
    }

    /// <summary>Starts one more node, with settings of its own; it belongs to the caller.</summary>
    internal Task<NodeProcess> StartNodeAsync(params (string Key, string Value)[] settings) =>
        NodeProcess.StartAsync(Redis.ConnectionString, Cancellation, [.. Settings, .. settings]);

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

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
