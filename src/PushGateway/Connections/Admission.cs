using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace PushGateway.Connections;

/// <summary>Whether this node takes another client now.</summary>
internal sealed partial class Admission : IDisposable
{
    private readonly TokenBucket? _handshakes;
    private readonly int _maxClients;
    private readonly CancellationTokenSource _closed = new();
    private readonly ILogger _logger;
    private int _clients, _saysFull;

    public Admission(IOptions<PushGatewayOptions> options, TimeProvider time, ILogger<Admission> logger)
    {
        var connections = options.Value.Connections;
        _maxClients = connections.MaxConnections == 0 ? int.MaxValue : connections.MaxConnections;
        _logger = logger;
        if (connections.HandshakesPerSecond > 0)
            _handshakes = new TokenBucket(connections.HandshakesPerSecond, connections.HandshakeBurst, time);
    }

    /// <summary>Whether no client is taken any more, since the node is leaving.</summary>
    public bool IsClosed => _closed.IsCancellationRequested;

    /// <summary>Cancelled when the node takes no client any more.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>How many clients are in.</summary>
    public int Clients => Volatile.Read(ref _clients);

    /// <summary>Takes no client from now on.</summary>
    public void Close() => _closed.Cancel();

    /// <summary>Lets a client in, if it may. Whom this says <see cref="Entry.Open"/> to has to <see cref="Leave"/>, once.</summary>
    public Entry TryEnter()
    {
        if (IsClosed)
            return Entry.Closed;
        if (!TryCount())
            return Entry.Full;
        if (_handshakes?.TryTake() ?? true)
            return Entry.Open;

        Leave();
        return Entry.Crowded;
    }

    /// <summary>A client that was let in is gone.</summary>
    public void Leave() => Interlocked.Decrement(ref _clients);

    public void Dispose() => _closed.Dispose();

    private bool TryCount()
    {
        for (var clients = Clients; clients < _maxClients;)
        {
            var found = Interlocked.CompareExchange(ref _clients, clients + 1, clients);
            if (found == clients)
                return true;
            clients = found;
        }

        // Once for a node, or whoever storms it fills the log as well.
        if (Interlocked.Exchange(ref _saysFull, 1) == 0)
            Log.Full(_logger, _maxClients);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The node has {Clients} clients, which is PushGateway:Connections:MaxConnections, and turns more away. This is said once.")]
        public static partial void Full(ILogger logger, int clients);
    }
}
