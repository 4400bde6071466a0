using System.Buffers;
using PushGateway.Transports;

namespace PushGateway.Connections;

/// <summary>
/// What waits to be written to one client, in order and bounded in bytes. While the network keeps up nothing waits: the thread that brings a frame
/// writes it. Frames that come during a write wait, and leave together in the next.
/// </summary>
/// <remarks>Members whose name ends in <c>NeedsLock</c> are called under <c>gate</c>; <see cref="Flush"/> is called outside of it, after them.</remarks>
internal sealed class Outbox(ITransport transport, Lock gate, int maxBytes)
{
    // Enough to make the cost of a write disappear among its bytes, small enough for the shared pool to hand out at once.
    private const int MaxWriteBytes = 16 * 1024;

    // What is held leaves when it is a good write, and long before it counts as more than the client can take.
    private readonly int _maxHeldBytes = Math.Min(MaxWriteBytes, maxBytes / 2);

    private Queue<byte[]>? _waiting;
    private byte[]? _next; // The frame of the thread that will write it: spares the queue while nothing waits.
    private long _bytes;
    private bool _writing, _held, _closed;
    private TaskCompletionSource? _drained;

    /// <summary>Accepts a frame.</summary>
    /// <returns>False when the limit would be passed: the client reads too slowly.</returns>
    public bool TryAddNeedsLock(byte[] frame)
    {
        if (_closed)
            return true;

        if (_bytes + frame.Length > maxBytes)
            return false;

        AddNeedsLock(frame);
        return true;
    }

    /// <summary>Accepts the last frame, whatever the limit; no frame is accepted after it.</summary>
    /// <param name="last">The close frame.</param>
    /// <param name="discard">Whether what waits is thrown away, so that the last frame is the next.</param>
    public void CloseNeedsLock(byte[] last, bool discard)
    {
        if (_closed)
            return;

        if (discard)
            DiscardNeedsLock();
        AddNeedsLock(last);
        _closed = true;
        _held = false;
    }

    /// <summary>Lets frames wait until <see cref="Release"/>, so that the replies to commands that came together leave together.</summary>
    public void Hold()
    {
        lock (gate)
            _held = !_closed;
    }

    /// <summary>Ends <see cref="Hold"/> and writes.</summary>
    public void Release()
    {
        lock (gate)
            _held = false;
        Flush();
    }

    /// <summary>Writes what waits, unless another thread is about it. Does not wait for the network: what it cannot take now goes on by itself.</summary>
    public void Flush()
    {
        if (TryBeginWriting())
            WriteUntilPending();
    }

    /// <summary>Completes when nothing waits any more, or when writing has failed.</summary>
    public Task DrainedAsync()
    {
        lock (gate)
        {
            if (!_writing && _bytes == 0)
                return Task.CompletedTask;

            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task;
        }
    }

    private bool IsHeldNeedsLock => _held && _bytes < _maxHeldBytes;

    private void AddNeedsLock(byte[] frame)
    {
        _bytes += frame.Length;
        if (_next is null && _waiting is null && !_writing)
            _next = frame;
        else
            (_waiting ??= new Queue<byte[]>()).Enqueue(frame);
    }

    private void DiscardNeedsLock()
    {
        if (_next is not null)
            _bytes -= _next.Length;
        _next = null;
        while (_waiting is not null && _waiting.TryDequeue(out var frame))
            _bytes -= frame.Length;
        _waiting = null;
    }

    private bool TryBeginWriting()
    {
        lock (gate)
        {
            if (_writing || IsHeldNeedsLock || (_next is null && _waiting is null))
                return false;

            _writing = true;
            return true;
        }
    }

    // Written in two methods so that the usual case, a network that takes all at once, needs no state machine.
    private void WriteUntilPending()
    {
        while (TryTake(out var frames, out var rented))
        {
            try
            {
                var write = transport.WriteAsync(frames);
                if (!write.IsCompletedSuccessfully)
                {
                    _ = FinishAsync(write, frames.Length, rented);
                    return;
                }

                write.GetAwaiter().GetResult(); // A source that serves one write after the other is free only then.
            }
#pragma warning disable CA1031 // Whatever a dead network throws, the answer is the same.
            catch (Exception)
#pragma warning restore CA1031
            {
                Fail();
                return;
            }

            Written(frames.Length, rented);
        }
    }

    private async Task FinishAsync(ValueTask write, int bytes, byte[]? rented)
    {
        try
        {
            await write;
        }
#pragma warning disable CA1031
        catch (Exception)
#pragma warning restore CA1031
        {
            Fail();
            return;
        }

        Written(bytes, rented);
        WriteUntilPending();
    }

    /// <summary>Takes the next frames, as many as one write carries. False, and no longer writing, when there are none.</summary>
    private bool TryTake(out ReadOnlyMemory<byte> frames, out byte[]? rented)
    {
        lock (gate)
        {
            rented = null;
            if (IsHeldNeedsLock || (_next is null && _waiting is null))
            {
                frames = default;
                _writing = false;
                _drained?.TrySetResult();
                return false;
            }

            var first = _next ?? _waiting!.Dequeue();
            _next = null;
            frames = first;
            if (_waiting is { Count: > 0 } && first.Length + _waiting.Peek().Length <= MaxWriteBytes)
            {
                rented = ArrayPool<byte>.Shared.Rent(MaxWriteBytes);
                frames = rented.AsMemory(0, Join(first, _waiting, rented));
            }

            if (_waiting is { Count: 0 })
                _waiting = null;
            return true;
        }
    }

    private static int Join(byte[] first, Queue<byte[]> more, byte[] target)
    {
        first.CopyTo(target, 0);
        var length = first.Length;
        while (more.TryPeek(out var frame) && length + frame.Length <= MaxWriteBytes)
        {
            more.Dequeue().CopyTo(target, length);
            length += frame.Length;
        }

        return length;
    }

    private void Written(int bytes, byte[]? rented)
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        lock (gate)
            _bytes -= bytes;
    }

    // Rented memory is not given back: a write that failed may still be reading it.
    private void Fail()
    {
        lock (gate)
        {
            _closed = true;
            _writing = false;
            DiscardNeedsLock();
            _bytes = 0;
            _drained?.TrySetResult();
        }

        transport.Abort();
    }
}
