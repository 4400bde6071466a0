namespace PushGateway.Connections;

/// <summary>The frames beyond the limit of an outbox, from when the first of them waits until none does. Few clients ever have any. Guarded by the outbox' lock.</summary>
internal sealed class LargeFrames
{
    private byte[]? _last; // When it has left, so have those before it.
    private bool _isLastWritten;
    private TaskCompletionSource? _sent;

    /// <summary>How many of the bytes that wait the limit does not count.</summary>
    public long Bytes { get; private set; }

    /// <summary>Completes when none waits any more.</summary>
    public Task Sent => (_sent ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Add(byte[] frame)
    {
        (_last, _isLastWritten) = (frame, false);
        Bytes += frame.Length;
    }

    /// <summary>A frame is among those that are written next.</summary>
    public void Take(byte[] frame) => _isLastWritten |= frame == _last;

    /// <summary>Whether none waits any more once the write under way has ended.</summary>
    public bool IsOver => _isLastWritten;

    /// <summary>Tells who waits.</summary>
    public void End() => _sent?.TrySetResult();
}
