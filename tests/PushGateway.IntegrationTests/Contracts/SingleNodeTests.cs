using PushGateway.Brokers.Memory;
using PushGateway.Cluster;

namespace PushGateway.IntegrationTests.Contracts;

public sealed class SingleNodeTests : ClusterContract
{
    private protected override ValueTask<ICluster[]> CreateClustersAsync(int count) => new([new SingleNode()]);
}
