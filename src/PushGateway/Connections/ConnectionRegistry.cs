using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Diagnostics;
using PushGateway.Security;
using PushGateway.Transports;

namespace PushGateway.Connections;

/// <summary>All connections of this node, and what they share.</summary>
internal sealed partial class ConnectionRegistry(
    Sweeper sweeper, ConnectionMeters meters, TimeProvider time, IOptions<PushGatewayOptions> options, ILogger<ConnectionRegistry> logger)
{
    private readonly ConcurrentDictionary<Connection, byte> _open = new();
    private int _sessions;
    private volatile CloseReason? _leaving;
    private readonly Traffic _traffic = new();

    public Sweeper Sweeper { get; } = sweeper;

    public TimeProvider Time { get; } = time;

    public ConnectionOptions Options { get; } = options.Value.Connections;

    /// <summary>The connections of each user; null where they are not limited.</summary>
    public UserSeats? Seats { get; } = options.Value.Connections.MaxConnectionsPerUser is > 0 and var limit ? new UserSeats(limit) : null;

    public ConnectionMeters Meters { get; } = meters;

    /// <summary>The bytes of all clients that there have been.</summary>
    public (long Sent, long Received) Bytes => _traffic.Sum(All);

    /// <summary>Clients whose session is open.</summary>
    public int SessionCount => Volatile.Read(ref _sessions);

    /// <summary>Clients that are served, with a session or not.</summary>
    public int Count => _open.Count;

    /// <summary>Those that are served, while they come and go.</summary>
    public IEnumerable<Connection> All => _open.Select(entry => entry.Key);

    /// <summary>Whether no client is served.</summary>
    public bool IsEmpty => _open.IsEmpty;

    /// <summary>Begins to serve a client.</summary>
    /// <param name="transport">The way to it.</param>
    /// <param name="identity">Who it is.</param>
    /// <param name="headers">See <see cref="Connection.HandshakeHeaders"/>.</param>
    public Connection Open(ITransport transport, ClientIdentity identity, IReadOnlyList<KeyValuePair<string, string>>? headers = null)
    {
        var connection = new Connection(transport, identity, this, headers);
        _open.TryAdd(connection, default);
        Interlocked.MemoryBarrier(); // Either this sees that all are closed, or who leaves sees this one.
        if (_leaving is { } reason)
            connection.Close(reason);
        return connection;
    }

    /// <summary>Forgets a connection that has ended.</summary>
    public void Remove(Connection connection)
    {
        if (_open.TryRemove(connection, out _))
            _traffic.Ended(connection);
    }

    /// <summary>Closes at once each connection that is opened from now on.</summary>
    /// <returns>Those that were open before, for the caller to close when their turn has come.</returns>
    public Connection[] Leave(CloseReason reason)
    {
        _leaving = reason;
        Interlocked.MemoryBarrier(); // See Open.
        return [.. _open.Keys];
    }

    /// <summary>Closes those that are open and for which something holds.</summary>
    /// <returns>How many there were.</returns>
    public int Close(Func<Connection, bool> which, CloseReason reason)
    {
        var closed = 0;
        foreach (var (connection, _) in _open)
            if (which(connection) && connection.Close(reason))
                closed++;
        return closed;
    }

    /// <summary>Cuts those with a transport of some kind, when the node cannot wait for them any more.</summary>
    public void Cut(Func<ITransport, bool> which)
    {
        foreach (var (connection, _) in _open)
            if (which(connection.Transport))
                connection.Transport.Abort();
    }

    internal void SessionOpened()
    {
        Interlocked.Increment(ref _sessions);
        Meters.Connected();
    }

    /// <summary>A session has ended.</summary>
    /// <param name="reason">Why the node ended it; null when the client did, or the network.</param>
    internal void SessionEnded(CloseReason? reason)
    {
        Interlocked.Decrement(ref _sessions);
        Meters.Disconnected(reason);
    }

    /// <summary>A connection was closed.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="hadSession">Whether its session was open.</param>
    /// <param name="reason">Why.</param>
    internal void Closed(Connection connection, bool hadSession, CloseReason reason)
    {
        if (hadSession)
            SessionEnded(reason);
        else
            Meters.ConnectRefused(reason);
        Log.Closed(logger, connection.Id, reason.Code, reason.Text);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Closed connection {Connection} with {Code} {Reason}.")]
        public static partial void Closed(ILogger logger, Guid connection, int code, string reason);
    }
}
