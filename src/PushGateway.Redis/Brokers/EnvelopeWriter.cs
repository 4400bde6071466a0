using System.Buffers.Binary;
using System.Text;
using PushGateway.Brokers;

namespace PushGateway.Redis.Brokers;

/// <summary>Writes the parts of an envelope one behind the other.</summary>
internal ref struct EnvelopeWriter(Span<byte> destination)
{
    private Span<byte> _rest = destination;

    public void Fixed(ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_rest, number);
        _rest = _rest[sizeof(ulong)..];
    }

    /// <summary>Writes an epoch; without one, zeros as text.</summary>
    public void EpochOf(string? epoch)
    {
        if (epoch is null)
            _rest[..Epoch.Length].Fill((byte)'0');
        else if (Encoding.ASCII.GetBytes(epoch, _rest) != Epoch.Length)
            throw new ArgumentException($"An epoch has {Epoch.Length} characters.", nameof(epoch));
        _rest = _rest[Epoch.Length..];
    }

    public void Byte(byte value)
    {
        _rest[0] = value;
        _rest = _rest[1..];
    }

    /// <summary>So many bytes, to be written by the caller.</summary>
    public Span<byte> Next(int bytes)
    {
        var next = _rest[..bytes];
        _rest = _rest[bytes..];
        return next;
    }

    /// <summary>Writes the id of a connection, so that ids are ordered as their bytes are.</summary>
    public void Id(Guid id)
    {
        id.TryWriteBytes(_rest, bigEndian: true, out var length);
        _rest = _rest[length..];
    }

    public void Text(string text)
    {
        Number(Encoding.UTF8.GetByteCount(text));
        _rest = _rest[Encoding.UTF8.GetBytes(text, _rest)..];
    }

    public void Number(long number)
    {
        var left = (ulong)number;
        for (; left > 0x7F; left >>= 7)
        {
            _rest[0] = (byte)(left | 0x80);
            _rest = _rest[1..];
        }

        _rest[0] = (byte)left;
        _rest = _rest[1..];
    }

    public readonly void Payload(ReadOnlySpan<byte> payload) => payload.CopyTo(_rest);

    public static int LengthOf(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        return LengthOf(length) + length;
    }

    public static int LengthOf(long number)
    {
        var length = 1;
        for (var left = (ulong)number; left > 0x7F; left >>= 7)
            length++;
        return length;
    }
}
