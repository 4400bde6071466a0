using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>
/// Turns the bytes of a client into messages, checking every rule of RFC 6455 for what clients send. It knows nothing of where bytes come from, and
/// holds memory only while a message is incomplete.
/// </summary>
internal sealed class MessageReader(int maxMessageBytes) : IDisposable
{
    private const int MaskedHeaderBytes = Frame.MaxHeaderBytes + sizeof(uint);
    private const int FinalBit = 0x80, ReservedBits = 0x70, OpcodeBits = 0x0F, MaskBit = 0x80, LengthBits = 0x7F;

    private Header _header;
    private int _headerBytes;

    private Opcode _frame;
    private bool _final;
    private uint _mask;
    private long _missingBytes;
    private bool _inPayload;
    private bool _violated;

    private Opcode _message; // Continuation: none is under way.
    private Utf8Check _utf8;
    private PartialPayload _data;
    private PartialPayload _control;

    /// <summary>The largest message, in bytes.</summary>
    public int MaxMessageBytes => maxMessageBytes;

    /// <summary>Whether it stands between two messages, so that it may go on with those of another client.</summary>
    public bool IsIdle => _headerBytes == 0 && !_inPayload && !_violated && _message == Opcode.Continuation;

    /// <summary>
    /// Takes bytes off the front of the input, unmasking them in place, until a message is whole or the input is used up.
    /// </summary>
    /// <param name="input">What arrived; afterwards what is left of it.</param>
    /// <param name="message">What was found. Behind a violation nothing is kept of what comes, and only a close frame is still found.</param>
    /// <returns>False when more input is needed.</returns>
    public bool TryRead(ref Memory<byte> input, out Message message)
    {
        while (true)
        {
            if (!_inPayload)
            {
                if (!TryReadHeader(ref input))
                {
                    message = default;
                    return false;
                }

                if (Begin() is { } violation)
                    return Fail(violation, out message);
            }

            var piece = Unmask(ref input);
            if (piece.IsEmpty && _missingBytes > 0)
            {
                message = default;
                return false;
            }

            if (_violated ? TrySkip(out message) : IsControl(_frame) ? TryEndControl(piece, out message) : TryEndData(piece, out message))
                return true;
        }
    }

    /// <summary>Gives back the memory of the last message, which is not used any more.</summary>
    public void Release()
    {
        _data.ReleaseTaken();
        _control.ReleaseTaken();
    }

    public void Dispose()
    {
        _data.Release();
        _control.Release();
    }

    private static bool IsControl(Opcode opcode) => opcode >= Opcode.Close;

    private bool Fail(CloseReason violation, out Message message)
    {
        _violated = true;
        _data.Release();
        _control.Release();
        message = new Message(default, default, violation);
        return true;
    }

    private bool TryReadHeader(ref Memory<byte> input)
    {
        var bytes = input.Span;
        var used = 0;
        Span<byte> header = _header;
        while (_headerBytes < 2 || _headerBytes < HeaderLength(header[1]))
        {
            if (used == bytes.Length)
            {
                input = default;
                return false;
            }

            header[_headerBytes++] = bytes[used++];
        }

        input = input[used..];
        return true;
    }

    private int HeaderLength(byte second)
    {
        var masked = (second & MaskBit) != 0;
        // Without a mask the frame is refused by its second byte; waiting for the rest would only delay that.
        if (!masked && !_violated)
            return 2;

        return (masked ? sizeof(uint) : 0) + (second & LengthBits) switch { 126 => 4, 127 => 10, _ => 2 };
    }

    /// <summary>Judges a complete header and begins its payload.</summary>
    private CloseReason? Begin()
    {
        ReadOnlySpan<byte> header = _header;
        _frame = (Opcode)(header[0] & OpcodeBits);
        _final = (header[0] & FinalBit) != 0;
        var masked = (header[1] & MaskBit) != 0;
        if (!masked && !_violated)
            return CloseReason.ProtocolViolation; // The header is kept: its rest and its payload are skipped like any other's.

        var length = PayloadLength(header);
        var violation = _violated ? null : Judge((header[0] & ReservedBits) == 0, length);
        if (violation is null && _frame is Opcode.Text or Opcode.Binary)
            _message = _frame;

        _mask = masked ? BinaryPrimitives.ReadUInt32LittleEndian(header[(_headerBytes - sizeof(uint))..]) : 0;
        _missingBytes = (long)Math.Min(length, long.MaxValue);
        _headerBytes = 0;
        _inPayload = true;
        return violation;
    }

    private CloseReason? Judge(bool wellFormed, ulong length)
    {
        var allowed = wellFormed && length <= long.MaxValue && _frame switch
        {
            Opcode.Continuation => _message != Opcode.Continuation,
            Opcode.Text or Opcode.Binary => _message == Opcode.Continuation,
            Opcode.Close or Opcode.Ping or Opcode.Pong => _final && length <= Frame.MaxControlBytes,
            _ => false,
        };
        if (!allowed)
            return CloseReason.ProtocolViolation;

        return !IsControl(_frame) && length > (ulong)(maxMessageBytes - _data.Length) ? CloseReason.MessageTooBig : null;
    }

    // The top bit of a 64-bit length must be 0 (section 5.2); a length in a longer form than needed is let through, as most readers do.
    private static ulong PayloadLength(ReadOnlySpan<byte> header) => (header[1] & LengthBits) switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
        127 => BinaryPrimitives.ReadUInt64BigEndian(header[2..]),
        var length => (ulong)length,
    };

    /// <summary>Takes what is there of the payload off the input.</summary>
    private Memory<byte> Unmask(ref Memory<byte> input)
    {
        var piece = input[..(int)Math.Min(_missingBytes, input.Length)];
        input = input[piece.Length..];
        _missingBytes -= piece.Length;
        if (!_violated)
            _mask = Mask.Apply(piece.Span, _mask);
        return piece;
    }

    private bool TrySkip(out Message message)
    {
        _inPayload = _missingBytes > 0;
        message = new Message(_frame, default);
        return !_inPayload && _frame == Opcode.Close;
    }

    private bool TryEndControl(Memory<byte> piece, out Message message)
    {
        message = default;
        if (_missingBytes > 0 || _control.Length > 0)
            _control.Append(piece.Span, Frame.MaxControlBytes);
        if (_missingBytes > 0)
            return false;

        var payload = _control.Length > 0 ? _control.Take() : piece;
        _inPayload = false;
        message = new Message(_frame, payload);
        return true;
    }

    private bool TryEndData(Memory<byte> piece, out Message message)
    {
        message = default;
        var ends = _missingBytes == 0 && _final;
        if (_message == Opcode.Text && !_utf8.Add(piece.Span))
            return Fail(CloseReason.InvalidUtf8, out message);

        if (!ends || _data.Length > 0)
            _data.Append(piece.Span, maxMessageBytes);
        if (_missingBytes > 0)
            return false;

        _inPayload = false;
        if (!ends)
            return false;

        if (!_utf8.End())
            return Fail(CloseReason.InvalidUtf8, out message);

        message = new Message(_message, _data.Length > 0 ? _data.Take() : piece);
        _message = Opcode.Continuation;
        return true;
    }

    [InlineArray(MaskedHeaderBytes)]
    private struct Header
    {
        private byte _first;
    }
}
