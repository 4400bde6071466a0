namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A node with the settings of Development, shared by the tests of a class.</summary>
public class SharedNode : IAsyncDisposable
{
    public SharedNode()
        : this(ClientWay.Bare)
    {
    }

    protected SharedNode((string Key, string Value) way) => (Way, Node) = (way, GatewayNode.Start(way));

    public GatewayNode Node { get; }

    /// <summary>How it serves clients.</summary>
    public (string Key, string Value) Way { get; }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same, but its clients are requests like any other.</summary>
public sealed class SharedOrdinaryNode() : SharedNode(ClientWay.Ordinary);
