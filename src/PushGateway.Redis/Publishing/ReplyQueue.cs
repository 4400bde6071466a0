namespace PushGateway.Redis.Publishing;

/// <summary>The commands of a link that were not answered, in the order of sending, which is that of the answers. Guarded by the pipeline's lock.</summary>
internal sealed class ReplyQueue
{
    // A power of two, as every size of the ring.
    private const int UsualCount = 64;

    // A storm is no reason to keep the room for it.
    private const int KeptCount = 4 * 1024;

    private ExpectedReply[] _ring = new ExpectedReply[UsualCount];
    private int _head;

    public int Count { get; private set; }

    /// <summary>Bytes of all these commands.</summary>
    public long Bytes { get; private set; }

    /// <summary>The command that is answered so many answers later.</summary>
    public ref ExpectedReply this[int index] => ref _ring[(_head + index) & (_ring.Length - 1)];

    public void Enqueue(in ExpectedReply expected)
    {
        if (Count == _ring.Length)
            Resize(2 * Count);
        this[Count++] = expected;
        Bytes += expected.Bytes;
    }

    /// <summary>Takes the command that the next answer belongs to.</summary>
    public bool TryDequeue(out ExpectedReply expected)
    {
        if (!TryTake(0, out expected))
            return false;
        _head = (_head + 1) & (_ring.Length - 1);
        if (Count == 0 && _ring.Length > KeptCount)
            Resize(UsualCount);
        return true;
    }

    /// <summary>Takes back the command that was added last.</summary>
    public bool TryDequeueLast(out ExpectedReply expected) => TryTake(Count - 1, out expected);

    private bool TryTake(int index, out ExpectedReply expected)
    {
        expected = default;
        if (Count == 0)
            return false;
        ref var place = ref this[index];
        expected = place;
        place = default;
        Count--;
        Bytes -= expected.Bytes;
        return true;
    }

    private void Resize(int count)
    {
        var ring = new ExpectedReply[count];
        for (var i = 0; i < Count; i++)
            ring[i] = this[i];
        _ring = ring;
        _head = 0;
    }
}
