using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using PushGateway.Channels;

namespace PushGateway.Redis.Brokers;

/// <summary>
/// How a publication travels through Redis:
/// <code>
/// version   1 byte    0xC1
/// parts     1 byte    EnvelopeParts; a bit that the reader does not know makes the message foreign
/// offset    8 bytes   little-endian; only with its bit
/// info      user, client; each a length and UTF-8; only with its bit
/// tags      their number, then for each key and value, each a length and UTF-8; only with its bit
/// payload   the rest
/// </code>
/// Numbers and lengths are LEB128. The version is a byte that UTF-8 never has, so text that somebody publishes to our channels by hand is
/// never taken for an envelope.
/// </summary>
/// <remarks>
/// The offset comes first so that a script can add it, which only knows it once it has appended to the history: it replaces the first two
/// bytes, <c>string.char(0xC1, parts + 4) .. struct.pack('&lt;I8', offset) .. string.sub(envelope, 3)</c>, and nothing else moves.
/// </remarks>
internal static class Envelope
{
    private const byte Version = 0xC1;
    private const int HeaderBytes = 2;
    private const int OffsetBytes = sizeof(ulong);

    /// <summary>Bytes of the publication's envelope.</summary>
    public static int GetLength(Publication publication)
    {
        var length = HeaderBytes + publication.Data.Length;
        if (publication.Offset != 0)
            length += OffsetBytes;
        if (publication.Info is { } info)
            length += TextLength(info.User) + TextLength(info.Client);
        if (publication.Tags is { Count: > 0 } tags)
        {
            length += NumberLength(tags.Count);
            foreach (var (key, value) in tags)
                length += TextLength(key) + TextLength(value);
        }

        return length;
    }

    /// <summary>Writes the envelope; the destination has at least <see cref="GetLength"/> bytes.</summary>
    public static void Write(Publication publication, Span<byte> destination)
    {
        var parts = EnvelopeParts.None;
        var rest = destination[HeaderBytes..];
        if (publication.Offset != 0)
        {
            parts |= EnvelopeParts.Offset;
            BinaryPrimitives.WriteUInt64LittleEndian(rest, publication.Offset);
            rest = rest[OffsetBytes..];
        }

        if (publication.Info is { } info)
        {
            parts |= EnvelopeParts.Info;
            WriteText(info.User, ref rest);
            WriteText(info.Client, ref rest);
        }

        if (publication.Tags is { Count: > 0 } tags)
        {
            parts |= EnvelopeParts.Tags;
            WriteNumber(tags.Count, ref rest);
            foreach (var (key, value) in tags)
            {
                WriteText(key, ref rest);
                WriteText(value, ref rest);
            }
        }

        publication.Data.Span.CopyTo(rest);
        destination[0] = Version;
        destination[1] = (byte)parts;
    }

    /// <summary>Reads an envelope; false for anything that is none. Never throws.</summary>
    /// <param name="message">What came from Redis.</param>
    /// <param name="publication">Its data is a slice of the message.</param>
    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out Publication? publication)
    {
        publication = null;
        var rest = message.Span;
        if (rest.Length < HeaderBytes || rest[0] != Version || (rest[1] & ~(byte)EnvelopeParts.All) != 0)
            return false;

        var parts = (EnvelopeParts)rest[1];
        rest = rest[HeaderBytes..];
        ulong offset = 0;
        ClientInfo? info = null;
        Dictionary<string, string>? tags = null;
        if (parts.HasFlag(EnvelopeParts.Offset) && !TryReadOffset(ref rest, out offset))
            return false;
        if (parts.HasFlag(EnvelopeParts.Info) && !TryReadInfo(ref rest, out info))
            return false;
        if (parts.HasFlag(EnvelopeParts.Tags) && !TryReadTags(ref rest, out tags))
            return false;

        publication = new Publication(message[^rest.Length..], tags, info, offset);
        return true;
    }

    private static bool TryReadOffset(ref ReadOnlySpan<byte> rest, out ulong offset)
    {
        if (!BinaryPrimitives.TryReadUInt64LittleEndian(rest, out offset))
            return false;
        rest = rest[OffsetBytes..];
        return true;
    }

    private static bool TryReadInfo(ref ReadOnlySpan<byte> rest, out ClientInfo? info)
    {
        info = null;
        if (!TryReadText(ref rest, out var user) || !TryReadText(ref rest, out var client))
            return false;
        info = new ClientInfo(user, client);
        return true;
    }

    private static bool TryReadTags(ref ReadOnlySpan<byte> rest, out Dictionary<string, string>? tags)
    {
        tags = null;

        // Each tag takes two bytes at least: a number that cannot be true must not make us reserve memory for it.
        if (!TryReadNumber(ref rest, out var count) || count > rest.Length / 2)
            return false;
        tags = new Dictionary<string, string>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(ref rest, out var key) || !TryReadText(ref rest, out var value))
                return false;
            tags[key] = value;
        }

        return true;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> rest, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!TryReadNumber(ref rest, out var length) || length > rest.Length || !Utf8.IsValid(rest[..length]))
            return false;
        text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return true;
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> rest, out int number)
    {
        number = 0;
        for (var i = 0; i < rest.Length && i < 5; i++)
        {
            var bits = rest[i];
            number |= (bits & 0x7F) << (7 * i);
            if ((bits & 0x80) != 0)
                continue;
            rest = rest[(i + 1)..];
            return number >= 0;
        }

        return false;
    }

    private static void WriteText(string text, ref Span<byte> rest)
    {
        WriteNumber(Encoding.UTF8.GetByteCount(text), ref rest);
        rest = rest[Encoding.UTF8.GetBytes(text, rest)..];
    }

    private static void WriteNumber(int number, ref Span<byte> rest)
    {
        var left = (uint)number;
        for (; left > 0x7F; left >>= 7)
        {
            rest[0] = (byte)(left | 0x80);
            rest = rest[1..];
        }

        rest[0] = (byte)left;
        rest = rest[1..];
    }

    private static int TextLength(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        return NumberLength(length) + length;
    }

    private static int NumberLength(int number)
    {
        var length = 1;
        for (var left = (uint)number; left > 0x7F; left >>= 7)
            length++;
        return length;
    }
}
