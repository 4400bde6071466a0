namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A node with the settings of Development, shared by the tests of a class.</summary>
public sealed class SharedNode : IAsyncDisposable
{
    public GatewayNode Node { get; } = GatewayNode.Start();

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
