using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Brokers.Memory;

namespace PushGateway.IntegrationTests.Contracts;

public sealed class MemoryBrokerTests : BrokerContract
{
    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) =>
        new([new BrokerNode(new MemoryBroker(TimeProvider.System, NullLogger<MemoryBroker>.Instance))]);
}
