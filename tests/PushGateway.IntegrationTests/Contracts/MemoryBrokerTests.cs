using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Brokers.Memory;

namespace PushGateway.IntegrationTests.Contracts;

public sealed class MemoryBrokerTests : BrokerContract
{
    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new([CreateNode()]);

    internal static BrokerNode CreateNode() => new(new MemoryBroker(TimeProvider.System, NullLogger<MemoryBroker>.Instance));
}

public sealed class MemoryBrokerHistoryTests : HistoryContract
{
    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new([MemoryBrokerTests.CreateNode()]);
}

public sealed class MemoryBrokerHistoryExpiryTests : HistoryExpiryContract
{
    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new([MemoryBrokerTests.CreateNode()]);
}

public sealed class MemoryBrokerPublishOnceTests : PublishOnceContract
{
    private protected override ValueTask<BrokerNode[]> CreateNodesAsync(int count) => new([MemoryBrokerTests.CreateNode()]);
}
