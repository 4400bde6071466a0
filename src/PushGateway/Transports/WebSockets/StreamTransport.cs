using Microsoft.AspNetCore.Http;

namespace PushGateway.Transports.WebSockets;

/// <summary>A WebSocket on the stream that a server hands out for an upgraded request.</summary>
internal sealed class StreamTransport(HttpContext context, Stream stream, FrameFormat format) : ITransport
{
    /// <inheritdoc/>
    public FrameFormat Format { get; } = format;

    /// <summary>What the client sends.</summary>
    public Stream Input => stream;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames) => stream.WriteAsync(frames, CancellationToken.None);

    /// <inheritdoc/>
    public void Abort() => context.Abort();
}
