namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Nodes that share a back end, for the contracts of brokers.</summary>
public abstract class BrokerSuite : IAsyncLifetime
{
    private protected BrokerNode[] Nodes { get; private set; } = [];

    private protected BrokerNode First => Nodes[0];

    private protected BrokerNode Last => Nodes[^1];

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Nodes = await CreateNodesAsync(3);
        foreach (var node in Nodes)
            await node.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.Broker.DisposeAsync();
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes nodes that share a back end, or the one node of a broker without any.</summary>
    private protected abstract ValueTask<BrokerNode[]> CreateNodesAsync(int count);

    /// <summary>After all nodes are disposed.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    private protected Task OnAllAsync(Func<BrokerNode, Task> action) => Task.WhenAll(Nodes.Select(action));
}
