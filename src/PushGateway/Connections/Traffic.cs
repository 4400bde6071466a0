namespace PushGateway.Connections;

/// <summary>
/// The bytes of all clients that a node has had. Each connection counts its own, which costs nothing where they are written, and they are added up when somebody asks.
/// </summary>
internal sealed class Traffic(ConnectionRegistry connections)
{
    private readonly Lock _gate = new();
    private long _endedSent_NeedsLock, _endedReceived_NeedsLock;
    private long _sent_NeedsLock, _received_NeedsLock;

    /// <summary>Bytes written to sockets.</summary>
    public long SentBytes
    {
        get
        {
            Read(out var sent, out _);
            return sent;
        }
    }

    /// <summary>Bytes of messages that were read.</summary>
    public long ReceivedBytes
    {
        get
        {
            Read(out _, out var received);
            return received;
        }
    }

    /// <summary>A connection is no longer among the open ones, and counts no more.</summary>
    public void Ended(Connection connection)
    {
        lock (_gate)
        {
            _endedSent_NeedsLock += connection.SentBytes;
            _endedReceived_NeedsLock += connection.ReceivedBytes;
        }
    }

    // One that ends at this moment may be in neither sum. What was told before is the least, so that a counter never goes back.
    private void Read(out long sent, out long received)
    {
        lock (_gate)
        {
            (sent, received) = (_endedSent_NeedsLock, _endedReceived_NeedsLock);
            foreach (var connection in connections.All)
            {
                sent += connection.SentBytes;
                received += connection.ReceivedBytes;
            }

            (_sent_NeedsLock, _received_NeedsLock) = (Math.Max(sent, _sent_NeedsLock), Math.Max(received, _received_NeedsLock));
            (sent, received) = (_sent_NeedsLock, _received_NeedsLock);
        }
    }
}
