using PushGateway.IntegrationTests.Contracts;
using PushGateway.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Nodes that share a Redis, and whose leases are short.</summary>
/// <param name="connection">The usual way to the Redis.</param>
/// <param name="configure">Changes what is usual here.</param>
internal sealed class MortalNodes(string connection, Action<RedisOptions>? configure = null) : IAsyncDisposable
{
    /// <summary>Far longer than a busy machine keeps a node from its beats, since a node that is taken for dead by mistake would fail a test.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(2);

    private readonly List<MortalNode> _nodes = [];

    public string Prefix { get; } = RedisNode.UniquePrefix();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="through">Another way to the Redis; null for the usual one.</param>
    public async Task<MortalNode> StartAsync(string? through = null)
    {
        var node = Create(through);
        await node.Presence.StartAsync();
        return node;
    }

    /// <summary>Starts one that is subscribed to channels and hears what is told of their members, but takes part in nothing.</summary>
    public async Task<PresenceInbox> ListenAsync(params IEnumerable<string> channels)
    {
        var node = Create();
        node.Redis.Source.PresenceListener = node.Inbox;
        await node.Redis.Source.StartAsync(node.Inbox, Cancellation);
        await Task.WhenAll(channels.Select(node.Presence.SubscribeAsync));
        return node.Inbox;
    }

    public string Key(string name) => $"{Prefix}:{name}";

    /// <summary>All at once, since those that are dead wait for Redis in vain.</summary>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(node => node.DisposeAsync().AsTask()));

    private MortalNode Create(string? through = null)
    {
        var redis = new RedisNode(through ?? connection, Prefix, Configure);
        var node = new MortalNode(redis, new PresenceNode($"node{_nodes.Count}", redis.Source, redis.Cluster, redis.Presence));
        _nodes.Add(node);
        return node;
    }

    private void Configure(RedisOptions options)
    {
        options.CommandTimeout = TimeSpan.FromSeconds(1);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(200);
        options.LeaseDuration = LeaseDuration;
        options.ReconnectMaxDelay = TimeSpan.FromMilliseconds(200);
        options.ProbeInterval = TimeSpan.FromMilliseconds(200);
        options.ProbeTimeout = TimeSpan.FromMilliseconds(500);
        configure?.Invoke(options);
    }
}
