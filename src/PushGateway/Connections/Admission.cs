using Microsoft.Extensions.Options;

namespace PushGateway.Connections;

/// <summary>Whether this node takes another client now.</summary>
internal sealed class Admission : IDisposable
{
    private readonly TokenBucket? _handshakes;
    private readonly CancellationTokenSource _closed = new();

    public Admission(IOptions<PushGatewayOptions> options, TimeProvider time)
    {
        var connections = options.Value.Connections;
        if (connections.HandshakesPerSecond > 0)
            _handshakes = new TokenBucket(connections.HandshakesPerSecond, connections.HandshakeBurst, time);
    }

    /// <summary>Whether no client is taken any more, since the node is leaving.</summary>
    public bool IsClosed => _closed.IsCancellationRequested;

    /// <summary>Cancelled when the node takes no client any more.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Takes no client from now on.</summary>
    public void Close() => _closed.Cancel();

    /// <summary>Counts a handshake. False when there are too many.</summary>
    public bool TryShakeHands() => _handshakes?.TryTake() ?? true;

    public void Dispose() => _closed.Dispose();
}
