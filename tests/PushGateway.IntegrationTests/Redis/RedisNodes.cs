using PushGateway.IntegrationTests.Contracts;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Nodes that share a Redis and what they call things there.</summary>
internal sealed class RedisNodes(string connection) : IAsyncDisposable
{
    private RedisNode[] _nodes = [];

    public BrokerNode[] Create(int count)
    {
        var prefix = RedisNode.UniquePrefix();
        _nodes = [.. Enumerable.Range(0, count).Select(_ => new RedisNode(connection, prefix, options => options.CommandTimeout = TimeSpan.FromSeconds(20)))];
        return Array.ConvertAll(_nodes, node => node.Broker);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
