using System.Buffers.Binary;
using System.Text;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports;

/// <summary>The far end of a socket: keeps what it is given, and takes it at once, later, or not at all.</summary>
internal sealed class RecordingTransport : ITransport
{
    private readonly Lock _gate = new();
    private readonly List<byte[]> _writes = [];
    private TaskCompletionSource? _pending;
    private int _aborts;

    public FrameFormat Format => WebSocketFormat.Json;

    /// <summary>Whether the network is full: a write waits for <see cref="Take"/>.</summary>
    public bool IsFull { get; set; }

    /// <summary>What the network throws.</summary>
    public Exception? Failure { get; set; }

    public bool IsAborted => Volatile.Read(ref _aborts) > 0;

    public IReadOnlyList<byte[]> Writes
    {
        get
        {
            lock (_gate)
                return [.. _writes];
        }
    }

    /// <summary>Everything written so far, frame by frame.</summary>
    public IReadOnlyList<SentFrame> Frames => SentFrame.ReadAll(Writes);

    /// <summary>The text frames written so far.</summary>
    public IEnumerable<string> Texts => Frames.Where(frame => frame.Opcode == Opcode.Text).Select(frame => frame.Text);

    /// <summary>The code of the close frame; null when there is none.</summary>
    public int? CloseCode => Frames.SingleOrDefault(frame => frame.Opcode == Opcode.Close)?.CloseCode;

    /// <summary>How many bytes the network takes at once, as a socket would. By default it is one that cannot tell.</summary>
    public int RoomBytes { get; set; }

    /// <summary>Told of each write that was taken at once, with its bytes.</summary>
    public Action<int>? OnWrite { get; set; }

    public int TryWrite(ReadOnlySpan<byte> frames)
    {
        lock (_gate)
        {
            if (_pending is { Task.IsCompleted: false })
                throw new InvalidOperationException("One write at a time.");

            var taken = Failure is null ? Math.Min(RoomBytes, frames.Length) : 0;
            RoomBytes -= taken;
            if (taken > 0)
            {
                _writes.Add(frames[..taken].ToArray());
                OnWrite?.Invoke(taken);
            }

            return taken;
        }
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
    {
        lock (_gate)
        {
            if (_pending is { Task.IsCompleted: false })
                throw new InvalidOperationException("One write at a time.");

            if (Failure is not null)
                return ValueTask.FromException(Failure);

            _writes.Add(frames.ToArray());
            if (!IsFull)
                return ValueTask.CompletedTask;

            _pending = new TaskCompletionSource();
            return new ValueTask(_pending.Task);
        }
    }

    /// <summary>The network takes what it was given; the code behind the write has run when this returns.</summary>
    public void Take()
    {
        TaskCompletionSource? pending;
        lock (_gate)
            pending = _pending;
        pending?.TrySetResult();
    }

    /// <summary>The network breaks in the middle of a write.</summary>
    public void Break()
    {
        Failure = new IOException("The network is gone.");
        TaskCompletionSource? pending;
        lock (_gate)
            pending = _pending;
        pending?.TrySetException(Failure);
    }

    public void Abort() => Interlocked.Increment(ref _aborts);
}

/// <summary>A frame as the client finds it.</summary>
internal sealed record SentFrame(Opcode Opcode, byte[] Payload)
{
    public string Text => Encoding.UTF8.GetString(Payload);

    public int CloseCode => BinaryPrimitives.ReadUInt16BigEndian(Payload);

    public static List<SentFrame> ReadAll(IEnumerable<byte[]> writes)
    {
        ReadOnlySpan<byte> bytes = writes.SelectMany(write => write).ToArray();
        List<SentFrame> frames = [];
        while (!bytes.IsEmpty)
        {
            var (start, length) = bytes[1] switch
            {
                126 => (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
                127 => (10, (int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..])),
                var small => (2, small),
            };
            frames.Add(new SentFrame((Opcode)(bytes[0] & 0x0F), bytes.Slice(start, length).ToArray()));
            bytes = bytes[(start + length)..];
        }

        return frames;
    }
}
