using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using PushGateway.Transports;

namespace PushGateway.Connections;

/// <summary>
/// What waits to be written to one client, in order and bounded in bytes. While the network keeps up nothing waits: the thread that brings a frame
/// hands it to the network at once. What the network does not take, and frames that come during a write, wait and leave together in the next.
/// </summary>
/// <remarks>
/// Members whose name ends in <c>NeedsLock</c> are called under <c>gate</c>; <see cref="Flush"/> is called outside of it, after them, where <see cref="WaitsNeedsLock"/> says so.
/// </remarks>
internal sealed class Outbox(ITransport transport, Lock gate, int maxBytes, TimeProvider time)
{
    // Enough to make the cost of a write disappear among its bytes, small enough for the shared pool to hand out at once.
    private const int MaxWriteBytes = 16 * 1024;

    // What is held leaves when it is a good write, and long before it counts as more than the client can take.
    private readonly int _maxHeldBytes = Math.Min(MaxWriteBytes, maxBytes / 2);

    private Backlog? _waiting;
    private byte[]? _next; // The frame of the thread that will write it: spares the backlog while nothing waits.
    private int _sent; // How much of it the network has.
    private LargeFrames? _large;
    private long _bytes, _sentBytes;
    private bool _writing, _held, _closed;
    private TaskCompletionSource? _drained;

    /// <summary>Bytes that the network has taken.</summary>
    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>Bytes that wait.</summary>
    public long WaitingBytes => Volatile.Read(ref _bytes);

    /// <summary>Whether nothing is accepted any more.</summary>
    public bool IsClosedNeedsLock => _closed;

    /// <summary>Accepts a frame.</summary>
    /// <returns>False when the limit would be passed: the client reads too slowly.</returns>
    public bool TryAddNeedsLock(byte[] frame) => TryAddNeedsLock(new Outgoing(frame));

    /// <inheritdoc cref="TryAddNeedsLock(byte[])"/>
    public bool TryAddNeedsLock(in Outgoing outgoing)
    {
        if (_closed)
            return true;

        if (TrySendNowNeedsLock(outgoing.Frame))
            return true;

        var freed = outgoing.Replaces is { } name && _waiting is not null ? _waiting.BytesOf(name) : 0;
        if (_bytes - (_large?.Bytes ?? 0) - freed + outgoing.Frame.Length > maxBytes)
            return false;

        AddNeedsLock(outgoing);
        return true;
    }

    /// <summary>
    /// Accepts a frame that the limit does not count, as long as it waits: what a client missed may be more than may wait for it, and one that is closed for asking would ask again.
    /// The caller bounds it, and waits for <see cref="LargeFramesSentAsync"/> before it makes the next.
    /// </summary>
    public void AddBeyondLimitNeedsLock(byte[] frame)
    {
        // A small one is no matter, and need not be waited for.
        if (_closed || (frame.Length <= maxBytes / 4 && TryAddNeedsLock(frame)))
            return;

        (_large ??= new LargeFrames()).Add(frame);
        AddNeedsLock(new Outgoing(frame));
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
        AddNeedsLock(new Outgoing(last));
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

    /// <summary>Completes when no frame beyond the limit waits any more, or when writing has failed.</summary>
    public Task LargeFramesSentAsync()
    {
        lock (gate)
            return _large?.Sent ?? Task.CompletedTask;
    }

    /// <summary>Whether there is something to <see cref="Flush"/>.</summary>
    public bool WaitsNeedsLock => !_writing && (_next is not null || _waiting is not null);

    // Also of what is written under the lock the order is that of adding, so nothing may wait before it. A frame that the network took in part is the next to be written.
    private bool TrySendNowNeedsLock(byte[] frame)
    {
        if (_next is not null || _waiting is not null || _writing || _held)
            return false;

        var sent = transport.TryWrite(frame);
        _sentBytes += sent;
        if (sent > 0 && sent < frame.Length)
        {
            (_next, _sent) = (frame, sent);
            _bytes += frame.Length - sent;
        }

        return sent > 0;
    }

    private bool IsHeldNeedsLock => _held && _bytes < _maxHeldBytes;

    private void AddNeedsLock(in Outgoing outgoing)
    {
        _bytes += outgoing.Frame.Length;
        if (_next is null && _waiting is null && !_writing)
            _next = outgoing.Frame;
        else
            _bytes -= (_waiting ??= new Backlog(time)).Add(outgoing);
    }

    private void DiscardNeedsLock()
    {
        // Of one that the network has in part it must get the rest, or it would take what follows for that.
        if (_next is not null && _sent == 0)
        {
            _bytes -= _next.Length;
            _next = null;
        }

        while (TryPeekWaitingNeedsLock(out var frame))
        {
            _waiting!.Take();
            _bytes -= frame.Length;
        }

        _waiting = null;
        ForgetLargeNeedsLock(); // Who waits for it would wait for ever.
    }

    /// <summary>The next frame of the backlog. What expired in it no longer counts.</summary>
    private bool TryPeekWaitingNeedsLock([NotNullWhen(true)] out byte[]? frame)
    {
        frame = null;
        if (_waiting is null)
            return false;

        var found = _waiting.TryPeek(out frame);
        _bytes -= _waiting.TakeDropped();
        return found;
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
                var sent = transport.TryWrite(frames.Span);
                if (sent < frames.Length)
                {
                    var write = transport.WriteAsync(frames[sent..]);
                    if (!write.IsCompletedSuccessfully)
                    {
                        _ = FinishAsync(write, frames.Length, rented);
                        return;
                    }

                    write.GetAwaiter().GetResult(); // A source that serves one write after the other is free only then.
                }
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
            if (IsHeldNeedsLock || !TryTakeFirstNeedsLock(out var first))
            {
                frames = default;
                _writing = false;
                _drained?.TrySetResult();
                return false;
            }

            _large?.Take(first);
            frames = first.AsMemory(_sent);
            _sent = 0;
            if (TryPeekWaitingNeedsLock(out var second) && frames.Length + second.Length <= MaxWriteBytes)
            {
                rented = ArrayPool<byte>.Shared.Rent(MaxWriteBytes);
                frames = rented.AsMemory(0, JoinNeedsLock(frames, rented));
            }

            if (!TryPeekWaitingNeedsLock(out _))
                _waiting = null;
            return true;
        }
    }

    private bool TryTakeFirstNeedsLock([NotNullWhen(true)] out byte[]? first)
    {
        if (_next is not null)
        {
            (first, _next) = (_next, null);
            return true;
        }

        if (!TryPeekWaitingNeedsLock(out first))
        {
            _waiting = null; // All that waited has expired.
            return false;
        }

        _waiting!.Take();
        return true;
    }

    private int JoinNeedsLock(ReadOnlyMemory<byte> first, byte[] target)
    {
        first.CopyTo(target);
        var length = first.Length;
        while (TryPeekWaitingNeedsLock(out var frame) && length + frame.Length <= MaxWriteBytes)
        {
            _waiting!.Take();
            _large?.Take(frame);
            frame.CopyTo(target, length);
            length += frame.Length;
        }

        return length;
    }

    private void Written(int bytes, byte[]? rented)
    {
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        lock (gate)
        {
            _bytes -= bytes;
            _sentBytes += bytes;
            if (_large is { IsOver: true })
                ForgetLargeNeedsLock();
        }
    }

    private void ForgetLargeNeedsLock()
    {
        _large?.End();
        _large = null;
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
