using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using PushGateway.Brokers;

namespace PushGateway.Redis.Brokers;

/// <summary>Reads the parts of an envelope one behind the other. Believes nothing and never throws.</summary>
internal ref struct EnvelopeReader(ReadOnlySpan<byte> source)
{
    private const int IdBytes = 16;

    private ReadOnlySpan<byte> _rest = source;

    /// <summary>The bytes that were not read yet.</summary>
    public readonly int Left => _rest.Length;

    /// <summary>Those bytes.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool TryReadFixed(out ulong number)
    {
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(_rest, out number))
            return false;
        _rest = _rest[sizeof(ulong)..];
        return true;
    }

    /// <summary>Reads an epoch; null for bytes that are none.</summary>
    public bool TryReadEpoch(out string? epoch)
    {
        epoch = null;
        if (_rest.Length < Epoch.Length)
            return false;
        epoch = EpochText.Read(_rest[..Epoch.Length]);
        _rest = _rest[Epoch.Length..];
        return true;
    }

    public bool TryReadByte(out byte value)
    {
        value = 0;
        if (_rest.IsEmpty)
            return false;
        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    /// <summary>Reads the id of a connection.</summary>
    public bool TryReadId(out Guid id)
    {
        id = default;
        if (_rest.Length < IdBytes)
            return false;
        id = new Guid(_rest[..IdBytes], bigEndian: true);
        _rest = _rest[IdBytes..];
        return true;
    }

    /// <summary>Reads a number, and so many bytes into a reader of their own.</summary>
    public bool TryReadBlock(out EnvelopeReader block)
    {
        block = default;
        if (!TryReadNumber(out var length) || length > _rest.Length)
            return false;
        block = new EnvelopeReader(_rest[..(int)length]);
        _rest = _rest[(int)length..];
        return true;
    }

    public bool TryReadText([NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryReadNumber(out var length) || length > _rest.Length || !Utf8.IsValid(_rest[..(int)length]))
            return false;
        text = Encoding.UTF8.GetString(_rest[..(int)length]);
        _rest = _rest[(int)length..];
        return true;
    }

    /// <summary>Reads a number of at most five bytes, which is below 2^35 and never negative.</summary>
    public bool TryReadNumber(out long number)
    {
        number = 0;
        for (var i = 0; i < _rest.Length && i < 5; i++)
        {
            var bits = _rest[i];
            number |= (bits & 0x7FL) << (7 * i);
            if ((bits & 0x80) != 0)
                continue;
            _rest = _rest[(i + 1)..];
            return true;
        }

        return false;
    }
}
