namespace PushGateway.Redis.PubSub;

/// <summary>
/// The bytes read and not yet used, in one block so that a payload is always one slice of it. It grows for a long message and shrinks back after.
/// </summary>
internal sealed class ReadBuffer
{
    /// <summary>Some hundred ordinary messages in one system call.</summary>
    private const int UsualBytes = 64 * 1024;

    private byte[] _bytes = Rent(UsualBytes);
    private int _start;
    private int _end;
    private long _toSkip;

    public ReadOnlyMemory<byte> Unread => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Reads once; returns false at the end of the stream.</summary>
    public bool Fill(Stream stream)
    {
        var count = stream.Read(_bytes, _end, _bytes.Length - _end);
        _end += count;
        SkipNow();
        return count > 0;
    }

    public void Advance(int count) => _start += count;

    /// <summary>Passes over bytes, those that have not come yet included.</summary>
    public void Skip(long count)
    {
        _toSkip += count;
        SkipNow();
    }

    /// <summary>Makes room for more. Call before each <see cref="Fill"/>.</summary>
    /// <param name="needed">How many unread bytes are to fit in all.</param>
    public void MakeRoom(long needed)
    {
        if (_start == _end)
        {
            _start = _end = 0;
            if (_bytes.Length > UsualBytes && needed <= UsualBytes)
                _bytes = Rent(UsualBytes);
        }

        if (_end < _bytes.Length && needed <= _bytes.Length - _start)
            return;

        // Whole powers of two: a message that is still longer than announced (a line, say) is copied a few times at most.
        var unread = Unread;
        var target = needed <= _bytes.Length && unread.Length < _bytes.Length
            ? _bytes
            : Rent((int)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(needed, unread.Length + 1)));
        unread.Span.CopyTo(target);
        _bytes = target;
        _end -= _start;
        _start = 0;
    }

    private void SkipNow()
    {
        var now = (int)Math.Min(_toSkip, _end - _start);
        _start += now;
        _toSkip -= now;
    }

    // Pinned, because the kernel writes into it without end; so it need not be pinned for each read.
    private static byte[] Rent(int length) => GC.AllocateUninitializedArray<byte>(length, pinned: true);
}
