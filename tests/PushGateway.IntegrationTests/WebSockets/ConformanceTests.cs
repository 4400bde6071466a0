using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
public sealed class ConformanceTests(SharedNode shared) : ConformanceContract(shared), IClassFixture<SharedNode>;

/// <inheritdoc/>
public sealed class OrdinaryConformanceTests(SharedOrdinaryNode shared) : ConformanceContract(shared), IClassFixture<SharedOrdinaryNode>
{
    public static TheoryData<string> ForEcho => [.. ConformanceSuite.Cases.Keys];

    [Theory]
    [MemberData(nameof(ForEcho))]
    public Task Echo_endpoint(string name) => RunAsync(name, "/echo");
}
