using System.Buffers.Binary;
using System.Text;
using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>The layout of WebSocket frames as a server sends them: unmasked (RFC 6455, section 5.2).</summary>
internal static class Frame
{
    /// <summary>Two bytes, and eight for the longest form of the length.</summary>
    public const int MaxHeaderBytes = 10;

    /// <summary>What a control frame may carry (RFC 6455, section 5.5).</summary>
    public const int MaxControlBytes = 125;

    private const byte Final = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    /// <summary>A frame that is a whole message.</summary>
    public static byte[] Make(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderBytes(payload.Length) + payload.Length];
        payload.CopyTo(frame.AsSpan(WriteHeader(frame, opcode, payload.Length)));
        return frame;
    }

    public static byte[] MakeClose(CloseReason reason)
    {
        Span<byte> payload = stackalloc byte[MaxControlBytes];
        BinaryPrimitives.WriteUInt16BigEndian(payload, reason.Code);
        return Make(Opcode.Close, payload[..(2 + Encoding.UTF8.GetBytes(reason.Text, payload[2..]))]);
    }

    /// <summary>How many bytes the header in front of such a payload has.</summary>
    public static int HeaderBytes(int payloadBytes) => payloadBytes switch
    {
        < Length16 => 2,
        <= ushort.MaxValue => 4,
        _ => MaxHeaderBytes,
    };

    /// <summary>Writes the header and returns how many bytes it has.</summary>
    public static int WriteHeader(Span<byte> target, Opcode opcode, int payloadBytes)
    {
        target[0] = (byte)(Final | (int)opcode);
        switch (payloadBytes)
        {
            case < Length16:
                target[1] = (byte)payloadBytes;
                return 2;
            case <= ushort.MaxValue:
                target[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)payloadBytes);
                return 4;
            default:
                target[1] = Length64;
                BinaryPrimitives.WriteUInt64BigEndian(target[2..], (ulong)payloadBytes);
                return MaxHeaderBytes;
        }
    }
}
