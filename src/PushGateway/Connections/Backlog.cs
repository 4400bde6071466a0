using System.Diagnostics.CodeAnalysis;

namespace PushGateway.Connections;

/// <summary>Frames that wait for one client, in order. A frame that was replaced or has expired leaves an empty place behind, which is passed over.</summary>
internal sealed class Backlog(TimeProvider time)
{
    private const int FirstCapacity = 4;

    private Outgoing[] _ring = new Outgoing[FirstCapacity];
    private Dictionary<string, long>? _places;
    private long _head, _tail; // Places are counted on and on; a place modulo the capacity is its slot.
    private long _dropped;
    private int _count;

    /// <summary>Adds a frame at the end.</summary>
    /// <returns>The bytes of the frame that it replaced, or 0.</returns>
    public int Add(in Outgoing outgoing)
    {
        if (_tail - _head == _ring.Length)
            MakeRoom();
        var freed = 0;
        if (outgoing.Replaces is { } name)
        {
            _places ??= new Dictionary<string, long>(StringComparer.Ordinal);
            if (_places.TryGetValue(name, out var place))
                freed = Clear(place);
            _places[name] = _tail;
        }

        SlotOf(_tail++) = outgoing;
        _count++;
        return freed;
    }

    /// <summary>The bytes that a frame of that name would replace.</summary>
    public int BytesOf(string name) => _places is not null && _places.TryGetValue(name, out var place) ? SlotOf(place).Frame.Length : 0;

    /// <summary>The next frame, without taking it. False when there is none.</summary>
    public bool TryPeek([NotNullWhen(true)] out byte[]? frame)
    {
        for (; _head < _tail; _head++)
        {
            ref var next = ref SlotOf(_head);
            frame = next.Frame;
            if (frame is null)
                continue;
            if (next.ExpiresAt == 0 || next.ExpiresAt > time.GetUtcNow().Ticks)
                return true;

            _dropped += frame.Length;
            Take();
            _head--; // The loop counts it.
        }

        frame = null;
        return false;
    }

    /// <summary>Takes the frame that <see cref="TryPeek"/> showed.</summary>
    public void Take()
    {
        if (SlotOf(_head).Replaces is { } name && _places!.TryGetValue(name, out var place) && place == _head)
            _places.Remove(name);
        Clear(_head++);
    }

    /// <summary>Bytes of frames that expired since this was last asked.</summary>
    public long TakeDropped()
    {
        var dropped = _dropped;
        _dropped = 0;
        return dropped;
    }

    private ref Outgoing SlotOf(long place) => ref _ring[place & (_ring.Length - 1)];

    private int Clear(long place)
    {
        ref var slot = ref SlotOf(place);
        var bytes = slot.Frame.Length;
        slot = default;
        _count--;
        return bytes;
    }

    /// <summary>Closes the empty places, after doubling the ring where it is full for all that.</summary>
    private void MakeRoom()
    {
        if (_count * 2 > _ring.Length)
            Grow();
        var end = _head;
        for (var place = _head; place < _tail; place++)
        {
            var outgoing = SlotOf(place);
            if (outgoing.Frame is null)
                continue;

            SlotOf(place) = default;
            SlotOf(end) = outgoing;
            if (outgoing.Replaces is { } name)
                _places![name] = end;
            end++;
        }

        _tail = end;
    }

    private void Grow()
    {
        var larger = new Outgoing[_ring.Length * 2];
        for (var place = _head; place < _tail; place++)
            larger[place & (larger.Length - 1)] = SlotOf(place);
        _ring = larger;
    }
}
