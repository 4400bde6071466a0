using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Brokers.Memory;

namespace PushGateway.IntegrationTests.Contracts;

public sealed class MemoryPresenceTests : PresenceContract
{
    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new([CreateNode()]);

    internal static PresenceNode CreateNode()
    {
        var broker = new MemoryBroker(TimeProvider.System, NullLogger<MemoryBroker>.Instance);
        return new PresenceNode("a", broker, new SingleNode(), new MemoryPresence(broker, TimeProvider.System, NullLogger<MemoryPresence>.Instance));
    }
}

public sealed class MemoryPresencePagesTests : PresencePagesContract
{
    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new([MemoryPresenceTests.CreateNode()]);
}

public sealed class MemoryPresenceEventsTests : PresenceEventsContract
{
    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new([MemoryPresenceTests.CreateNode()]);
}

public sealed class MemoryLeaveDelayTests : LeaveDelayContract
{
    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new([MemoryPresenceTests.CreateNode()]);
}

public sealed class MemoryUserPresenceTests : UserPresenceContract
{
    private protected override ValueTask<PresenceNode[]> CreateNodesAsync(int count) => new([MemoryPresenceTests.CreateNode()]);
}
