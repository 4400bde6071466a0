using Microsoft.AspNetCore.Http;

namespace PushGateway.Transports.WebSockets;

/// <summary>A WebSocket on the stream that a server hands out for an upgraded request.</summary>
internal sealed class StreamTransport(HttpContext context, Stream stream, FrameFormat format) : ITransport
{
    private readonly Lock _gate = new();
    private bool _ended;

    /// <inheritdoc/>
    public FrameFormat Format { get; } = format;

    /// <summary>What the client sends.</summary>
    public Stream Input => stream;

    /// <inheritdoc/>
    public int TryWrite(ReadOnlySpan<byte> frames) => 0; // A stream may be TLS, or a part of a connection of HTTP/2.

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames) => stream.WriteAsync(frames, CancellationToken.None);

    /// <inheritdoc/>
    public void Abort()
    {
        lock (_gate)
            if (!_ended)
                context.Abort();
    }

    /// <summary>Lets go of the request. The server uses its parts for the next one, which must not be cut for this.</summary>
    public void End()
    {
        lock (_gate)
            _ended = true;
    }
}
