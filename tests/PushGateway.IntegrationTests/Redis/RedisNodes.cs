using PushGateway.IntegrationTests.Contracts;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Nodes that share a Redis and what they call things there.</summary>
internal sealed class RedisNodes(string connection) : IAsyncDisposable
{
    private RedisNode[] _nodes = [];

    public BrokerNode[] Create(int count) => Array.ConvertAll(Make(count), node => node.Broker);

    public PresenceNode[] CreateForPresence(int count) =>
        [.. Make(count).Select((node, i) => new PresenceNode($"node{i}", node.Broker.Broker, node.Cluster, node.Presence))];

    private RedisNode[] Make(int count)
    {
        var prefix = RedisNode.UniquePrefix();
        return _nodes = [.. Enumerable.Range(0, count).Select(_ => new RedisNode(connection, prefix, options => options.CommandTimeout = TimeSpan.FromSeconds(20)))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
