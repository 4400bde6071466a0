using PushGateway.IntegrationTests.Contracts;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Nodes that share a Redis and what they call things there.</summary>
internal sealed class RedisNodes(string connection) : IAsyncDisposable
{
    private RedisNode[] _nodes = [];

    public BrokerNode[] Create(int count) => Array.ConvertAll(Make(count), node => node.Broker);

    /// <summary>Makes nodes that publish by StackExchange.Redis alone.</summary>
    public async ValueTask<BrokerNode[]> CreateWithoutLinksAsync(int count)
    {
        var nodes = Create(count);
        foreach (var node in _nodes)
            await node.Connection.Publishing.DisposeAsync();
        return nodes;
    }

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
