using System.Buffers.Binary;

namespace PushGateway.Load;

/// <summary>WebSocket frames as a client sees them (RFC 6455, section 5.2).</summary>
internal static class Frames
{
    public const int Text = 1, Close = 8, Ping = 9, Pong = 10;

    private const int Final = 0x80, Masked = 0x80, Length16 = 126, Length64 = 127;

    /// <summary>A frame of a client, masked with zeros, which is as good as any mask and leaves the payload as it is.</summary>
    public static byte[] Make(int opcode, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > ushort.MaxValue)
            throw new ArgumentException("The load tool has nothing to say that is so long.", nameof(payload));

        byte[] header = payload.Length < Length16
            ? [(byte)(Final | opcode), (byte)(Masked | payload.Length), 0, 0, 0, 0]
            : [(byte)(Final | opcode), Masked | Length16, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0];
        return [.. header, .. payload];
    }

    /// <summary>Takes the next whole frame of a server off the front of the input.</summary>
    /// <param name="input">What came; afterwards what is behind the frame.</param>
    /// <param name="opcode">What it is.</param>
    /// <param name="payload">What it carries.</param>
    /// <returns>False when the frame is not whole yet.</returns>
    /// <exception cref="InvalidDataException">It is no frame that a server may send, or one longer than this tool reads.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> input, out int opcode, out ReadOnlySpan<byte> payload)
    {
        opcode = 0;
        payload = default;
        if (input.Length < 2)
            return false;
        if ((input[1] & Masked) != 0 || (input[0] & 0x70) != 0)
            throw new InvalidDataException("The server sent a frame that is masked or uses an extension.");

        int header;
        ulong length = input[1];
        switch (length)
        {
            case Length16 when input.Length >= 4:
                (header, length) = (4, BinaryPrimitives.ReadUInt16BigEndian(input[2..]));
                break;
            case Length64 when input.Length >= 10:
                (header, length) = (10, BinaryPrimitives.ReadUInt64BigEndian(input[2..]));
                break;
            case < Length16:
                header = 2;
                break;
            default:
                return false;
        }

        if (length > Swarm.MaxFrameBytes)
            throw new InvalidDataException($"The server sent a frame of {length} bytes.");
        if ((ulong)(input.Length - header) < length)
            return false;

        opcode = input[0] & 0x0F;
        payload = input.Slice(header, (int)length);
        input = input[(header + (int)length)..];
        return true;
    }
}
