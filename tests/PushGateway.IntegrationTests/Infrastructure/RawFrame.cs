using System.Buffers.Binary;
using System.Text;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A WebSocket frame as a client sends it, right or wrong, and as it is read from the server.</summary>
internal readonly record struct RawFrame(int Opcode, byte[] Payload)
{
    public const int Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10;

    private const int Final = 0x80, Masked = 0x80;

    /// <summary>The payload as text.</summary>
    public string Body => Encoding.UTF8.GetString(Payload);

    /// <summary>The code of a close frame; null when it has none.</summary>
    public int? CloseCode => Payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(Payload) : null;

    /// <summary>The reason of a close frame.</summary>
    public string CloseReason => Encoding.UTF8.GetString(Payload.AsSpan(Math.Min(2, Payload.Length)));

    /// <summary>The bytes of a client's frame.</summary>
    /// <param name="opcode">The opcode, also a reserved one.</param>
    /// <param name="payload">What it carries.</param>
    /// <param name="final">Whether the message ends with it.</param>
    /// <param name="reserved">The reserved bits, from 0 to 7.</param>
    /// <param name="masked">Whether it is masked, as a client must.</param>
    /// <param name="claimedLength">A length in the header that is not that of the payload.</param>
    public static byte[] Of(
        int opcode, ReadOnlySpan<byte> payload = default, bool final = true, int reserved = 0, bool masked = true, ulong? claimedLength = null)
    {
        var frame = new byte[14 + payload.Length];
        frame[0] = (byte)((final ? Final : 0) | (reserved << 4) | opcode);
        var header = WriteLength(frame, claimedLength ?? (ulong)payload.Length);
        if (masked)
        {
            frame[1] |= Masked;
            ReadOnlySpan<byte> key = [0x37, 0xFA, 0x21, 0x3D];
            key.CopyTo(frame.AsSpan(header));
            header += key.Length;
            for (var i = 0; i < payload.Length; i++)
                frame[header + i] = (byte)(payload[i] ^ key[i % key.Length]);
        }
        else
        {
            payload.CopyTo(frame.AsSpan(header));
        }

        return frame[..(header + payload.Length)];
    }

    public static byte[] OfText(string text, bool final = true) => Of(Text, Encoding.UTF8.GetBytes(text), final);

    public static byte[] OfClose(int code, string reason = "")
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return Of(Close, payload);
    }

    public override string ToString() => Opcode switch
    {
        Close => $"close {CloseCode} '{CloseReason}'",
        Text => $"text '{Body}'",
        _ => $"opcode {Opcode}, {Payload.Length} bytes",
    };

    private static int WriteLength(Span<byte> frame, ulong length)
    {
        switch (length)
        {
            case < 126:
                frame[1] = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                frame[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(frame[2..], (ushort)length);
                return 4;
            default:
                frame[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(frame[2..], length);
                return 10;
        }
    }
}
