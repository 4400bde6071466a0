using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.Brokers.Memory;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Transports.Sockets;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>What a node holds on to, for tests of what it forgets.</summary>
internal static class NodeInside
{
    /// <summary>Everything kept for clients and channels, as text that a failing test shows.</summary>
    public static string Describe(GatewayNode node)
    {
        var services = node.Services;
        var registry = services.GetRequiredService<ConnectionRegistry>();
        var broker = (MemoryBroker)services.GetRequiredService<IBroker>();
        return $"connections {Open(registry).Count}, sessions {registry.SessionCount}, channels {services.GetRequiredService<Hub>().ChannelCount}, "
            + $"at the broker {Subscribed(broker).Count}, deadlines {CountDeadlines(registry.Sweeper)}";
    }

    /// <summary>What <see cref="Describe"/> says of a node without clients.</summary>
    public const string Empty = "connections 0, sessions 0, channels 0, at the broker 0, deadlines 0";

    /// <summary>How many clients it serves on their bare sockets.</summary>
    public static int CountBare(IServiceProvider services) =>
        Open(services.GetRequiredService<ConnectionRegistry>()).Keys.Count(connection => connection.Transport is ClientSocket);

    private static int CountDeadlines(Sweeper sweeper)
    {
        lock (Gate(sweeper))
        {
            var count = 0;
            foreach (var bucket in Buckets(sweeper))
                for (var entry = bucket; entry is not null; entry = entry.Next)
                    count++;
            return count;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_open")]
    private static extern ref ConcurrentDictionary<Connection, byte> Open(ConnectionRegistry registry);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_subscribed")]
    private static extern ref ConcurrentDictionary<string, byte> Subscribed(MemoryBroker broker);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_buckets")]
    private static extern ref Scheduled?[] Buckets(Sweeper sweeper);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
    private static extern ref Lock Gate(Sweeper sweeper);
}
