using System.Buffers;

namespace PushGateway.Transports.WebSockets;

/// <summary>Takes the payload of one frame and returns it with its header in front. One per thread; keeps its memory up to a limit.</summary>
internal sealed class FrameBuffer : IBufferWriter<byte>
{
    private const int FirstBytes = 1024;

    // Larger than the default limits of a payload with its envelope, so that ordinary frames never make it grow again.
    private const int KeptBytes = 128 * 1024;

    [ThreadStatic]
    private static FrameBuffer? _ofThread;

    private byte[] _bytes = new byte[FirstBytes];
    private int _end = Frame.MaxHeaderBytes;

    /// <summary>The thread's buffer, empty.</summary>
    public static FrameBuffer Open()
    {
        var buffer = _ofThread ??= new FrameBuffer();
        buffer.Clear(); // What an encoder wrote before it threw.
        return buffer;
    }

    /// <summary>What was written, as a frame.</summary>
    public byte[] ToFrame(Opcode opcode)
    {
        var payload = _end - Frame.MaxHeaderBytes;
        var start = Frame.MaxHeaderBytes - Frame.HeaderBytes(payload);
        Frame.WriteHeader(_bytes.AsSpan(start), opcode, payload);
        return _bytes.AsSpan(start, _end - start).ToArray();
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_bytes.Length - _end), nameof(count));
        _end += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_end);
    }

    private void Clear()
    {
        _end = Frame.MaxHeaderBytes;
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[FirstBytes];
    }

    private void Reserve(int bytes)
    {
        var needed = checked(_end + Math.Max(bytes, 1));
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
    }
}
