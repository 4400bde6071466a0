namespace PushGateway.Connections;

/// <summary>
/// The bytes of all clients that a node has had. Each connection counts its own, which costs nothing where they are written, and they are added up when somebody asks.
/// </summary>
internal sealed class Traffic
{
    private readonly Lock _gate = new();
    private long _endedSent_NeedsLock, _endedReceived_NeedsLock;
    private long _sent_NeedsLock, _received_NeedsLock;

    /// <summary>A connection is no longer among the open ones, and counts no more.</summary>
    public void Ended(Connection connection)
    {
        lock (_gate)
        {
            _endedSent_NeedsLock += connection.SentBytes;
            _endedReceived_NeedsLock += connection.ReceivedBytes;
        }
    }

    /// <summary>Adds up what was written to sockets, and what messages that were read had. One that ends at this moment may be in neither part; what was told before is the least, so that a counter never goes back.</summary>
    public (long Sent, long Received) Sum(IEnumerable<Connection> open)
    {
        lock (_gate)
        {
            var (sent, received) = (_endedSent_NeedsLock, _endedReceived_NeedsLock);
            foreach (var connection in open)
            {
                sent += connection.SentBytes;
                received += connection.ReceivedBytes;
            }

            (_sent_NeedsLock, _received_NeedsLock) = (Math.Max(sent, _sent_NeedsLock), Math.Max(received, _received_NeedsLock));
            return (_sent_NeedsLock, _received_NeedsLock);
        }
    }
}
