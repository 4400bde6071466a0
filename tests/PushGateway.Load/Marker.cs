using System.Buffers;
using System.Buffers.Binary;

namespace PushGateway.Load;

/// <summary>What a payload of the load tool begins with. All of it is text that JSON leaves as it is.</summary>
/// <param name="Time">When it was due to be published, by the machine's monotonic clock, in nanoseconds: processes of one machine share it.</param>
/// <param name="Number">Its number among all publications.</param>
/// <param name="Channel">The number of its channel.</param>
internal readonly record struct Marker(long Time, uint Number, int Channel)
{
    /// <summary>All in hexadecimal, and <c>@@</c> at either end.</summary>
    public const int Length = 2 + (2 * Bytes) + 2;

    private const int Bytes = sizeof(long) + (2 * sizeof(uint));

    private static ReadOnlySpan<byte> Fence => "@@"u8;

    public void Write(Span<byte> target)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Time);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], Number);
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], Channel);
        Fence.CopyTo(target);
        Convert.TryToHexStringLower(bytes, target[2..], out var written);
        Fence.CopyTo(target[(2 + written)..]);
    }

    /// <summary>Finds the next marker in a message.</summary>
    /// <param name="text">The message; afterwards what is behind the marker.</param>
    /// <param name="marker">What was found.</param>
    public static bool TryFind(ref ReadOnlySpan<byte> text, out Marker marker)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        while (text.IndexOf(Fence) is >= 0 and var at && text.Length - at >= Length)
        {
            text = text[at..];
            if (text[(Length - 2)..].StartsWith(Fence) && Convert.FromHexString(text[2..(Length - 2)], bytes, out _, out _) == OperationStatus.Done)
            {
                text = text[Length..];
                marker = new Marker(
                    BinaryPrimitives.ReadInt64BigEndian(bytes),
                    BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
                    BinaryPrimitives.ReadInt32BigEndian(bytes[12..]));
                return true;
            }

            text = text[1..];
        }

        marker = default;
        return false;
    }
}
