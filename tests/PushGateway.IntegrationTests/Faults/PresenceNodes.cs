using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Nodes on a Redis of their own, each with a proxy on its way there.</summary>
internal sealed class PresenceNodes : IAsyncDisposable
{
    private static readonly (string, string)[] Settings =
    [
        ("ASPNETCORE_ENVIRONMENT", "Development"), // Where clients may say who they are.
        ($"PushGateway:Namespaces:{PresenceTrial.Namespace}:Presence", "true"),
        ($"PushGateway:Namespaces:{PresenceTrial.Namespace}:JoinLeave", "true"),
        ("PushGateway:UserChannels:HistorySize", "0"), // A Redis that loses histories has clients connect anew, which is another matter.
        ("Logging:LogLevel:Default", "Warning"),
        ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    private readonly List<TcpProxy> _proxies = [];
    private readonly List<NodeProcess> _nodes = [];

    private PresenceNodes(RedisServer redis) => Redis = redis;

    public RedisServer Redis { get; }

    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>The nodes' ways to Redis, in the order of the nodes.</summary>
    public IReadOnlyList<TcpProxy> Proxies => _proxies;

    /// <summary>Starts Redis, then so many nodes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <param name="redis">Further arguments of Redis, which forgets all when it ends.</param>
    public static async Task<PresenceNodes> StartAsync(int count, CancellationToken cancellationToken, params string[] redis)
    {
        var nodes = new PresenceNodes(await RedisServer.StartPrivateAsync(cancellationToken, ["--save", "", .. redis]));
        try
        {
            for (var i = 0; i < count; i++)
                nodes._proxies.Add(new TcpProxy(nodes.Redis.ConnectionString));
            nodes._nodes.AddRange(await Task.WhenAll(nodes._proxies.Select(proxy => NodeProcess.StartAsync(proxy.Address, cancellationToken, Settings))));
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        foreach (var proxy in _proxies)
            await proxy.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
