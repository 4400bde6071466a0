using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Benchmarks.Parts;

/// <summary>Takes everything at once, and puts it nowhere.</summary>
internal sealed class OpenTransport : ITransport
{
    public FrameFormat Format => WebSocketFormat.Json;

    public int TryWrite(ReadOnlySpan<byte> frames) => frames.Length;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames) => ValueTask.CompletedTask;

    public void Abort()
    {
    }
}
