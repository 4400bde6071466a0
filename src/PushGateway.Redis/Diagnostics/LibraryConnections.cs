using System.Collections.Concurrent;
using System.Net;
using StackExchange.Redis;

namespace PushGateway.Redis.Diagnostics;

/// <summary>
/// Counts the connections of StackExchange.Redis for commands, one to each server. The library tells of those that were made behind the first ones, of those that end, and of attempts that fail,
/// as if they had ended.
/// </summary>
internal sealed class LibraryConnections
{
    private readonly ConcurrentDictionary<EndPoint, byte> _open = new();

    public ConnectionCount Count { get; } = new();

    /// <summary>Begins to count.</summary>
    public void Watch(ConnectionMultiplexer multiplexer)
    {
        multiplexer.ConnectionRestored += (_, restored) =>
        {
            if (restored is { ConnectionType: ConnectionType.Interactive, EndPoint: { } server })
                Opened(server);
        };
        multiplexer.ConnectionFailed += (_, failed) =>
        {
            if (failed is { ConnectionType: ConnectionType.Interactive, EndPoint: { } server } && _open.TryRemove(server, out byte _))
                Count.Remove();
        };
        foreach (var server in multiplexer.GetServers())
            if (server.IsConnected)
                Opened(server.EndPoint);
    }

    private void Opened(EndPoint server)
    {
        if (_open.TryAdd(server, 0))
            Count.Add();
    }
}
