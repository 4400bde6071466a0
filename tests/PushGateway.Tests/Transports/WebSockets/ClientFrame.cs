using System.Buffers.Binary;
using System.Text;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

/// <summary>Frames as a client sends them, the forbidden ones included.</summary>
internal static class ClientFrame
{
    public const int Text = 0x81, Binary = 0x82, Close = 0x88, Ping = 0x89, Pong = 0x8A;
    public const int TextBegins = 0x01, BinaryBegins = 0x02, Continues = 0x00, Ends = 0x80;

    public static byte[] Make(int first, string payload) => Make(first, Encoding.UTF8.GetBytes(payload));

    public static byte[] Make(Opcode opcode, bool final, ReadOnlySpan<byte> payload, uint mask) => Make((final ? 0x80 : 0) | (int)opcode, payload, mask);

    public static byte[] Make(int first, ReadOnlySpan<byte> payload, uint mask = 0x5A17C9E3)
    {
        Span<byte> key = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(key, mask);
        byte[] frame = [.. Header(first, (ulong)payload.Length, masked: true), .. key, .. payload];
        for (var i = 0; i < payload.Length; i++)
            frame[frame.Length - payload.Length + i] ^= key[i % 4];
        return frame;
    }

    /// <summary>A header with a mask of zeros and no payload behind it.</summary>
    public static byte[] MakeHeader(int first, ulong length) => [.. Header(first, length, masked: true), 0, 0, 0, 0];

    public static byte[] MakeUnmasked(int first, ReadOnlySpan<byte> payload) => [.. Header(first, (ulong)payload.Length, masked: false), .. payload];

    private static byte[] Header(int first, ulong length, bool masked)
    {
        var mask = masked ? 0x80 : 0;
        var header = new byte[length switch { < 126 => 2, <= ushort.MaxValue => 4, _ => 10 }];
        header[0] = (byte)first;
        header[1] = (byte)(mask | length switch { < 126 => (int)length, <= ushort.MaxValue => 126, _ => 127 });
        if (header.Length == 4)
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)length);
        else if (header.Length == 10)
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(2), length);
        return header;
    }
}
