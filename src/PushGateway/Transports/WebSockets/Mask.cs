using System.Numerics;
using System.Runtime.InteropServices;

namespace PushGateway.Transports.WebSockets;

/// <summary>The masking of client frames (RFC 6455, section 5.3).</summary>
internal static class Mask
{
    /// <summary>Masks or unmasks in place.</summary>
    /// <param name="payload">The next piece of a payload.</param>
    /// <param name="mask">The key, its next byte lowest.</param>
    /// <returns>The key for the piece that follows.</returns>
    public static uint Apply(Span<byte> payload, uint mask)
    {
        var wide = Vector.AsVectorByte(new Vector<uint>(mask));
        var vectors = MemoryMarshal.Cast<byte, Vector<byte>>(payload);
        foreach (ref var vector in vectors)
            vector ^= wide;

        foreach (ref var next in payload[(vectors.Length * Vector<byte>.Count)..])
        {
            next ^= (byte)mask;
            mask = BitOperations.RotateRight(mask, 8);
        }

        return mask;
    }
}
