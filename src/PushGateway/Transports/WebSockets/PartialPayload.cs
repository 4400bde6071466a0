using System.Buffers;

namespace PushGateway.Transports.WebSockets;

/// <summary>The pieces of a payload that did not come at once, in rented memory that grows with them. A mutable struct: never copied.</summary>
internal struct PartialPayload
{
    private const int FirstBytes = 512;

    private byte[]? _bytes;
    private bool _taken;

    /// <summary>How many bytes are kept and not yet taken.</summary>
    public int Length { get; private set; }

    /// <summary>Keeps a piece. The caller has checked that all pieces together stay within the limit.</summary>
    public void Append(ReadOnlySpan<byte> piece, int maxBytes)
    {
        ReleaseTaken();
        if (piece.IsEmpty)
            return;

        var needed = Length + piece.Length;
        if (_bytes is null || needed > _bytes.Length)
            Grow(Math.Min(Math.Max(needed * 2, FirstBytes), Math.Max(maxBytes, needed)));
        piece.CopyTo(_bytes.AsSpan(Length));
        Length = needed;
    }

    /// <summary>The whole payload, valid until the next use.</summary>
    public Memory<byte> Take()
    {
        var whole = _bytes.AsMemory(0, Length);
        _taken = true;
        Length = 0;
        return whole;
    }

    /// <summary>Gives the memory of a payload that was taken back, if there is any.</summary>
    public void ReleaseTaken()
    {
        if (_taken)
            Release();
    }

    /// <summary>Gives all memory back.</summary>
    public void Release()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
        this = default;
    }

    private void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        if (_bytes is not null)
        {
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
