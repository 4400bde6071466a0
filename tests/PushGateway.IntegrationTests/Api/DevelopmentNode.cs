using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>One node as in Development, for all tests of a class that leave it as it is.</summary>
public sealed class DevelopmentNode : IAsyncDisposable
{
    public GatewayNode Node { get; } = GatewayNode.Start();

    public ValueTask DisposeAsync() => Node.DisposeAsync();
}
