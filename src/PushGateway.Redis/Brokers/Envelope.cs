using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Redis.Brokers;

/// <summary>
/// How a publication travels through Redis, and how it is kept there:
/// <code>
/// version        1 byte    0xC1
/// parts          1 byte    EnvelopeParts; all bits are taken: what is new goes into the extras
/// position       24 bytes  offset and time, each 8 bytes, little-endian; epoch, 8 bytes of ASCII; only with its bit
/// lifetime       a number of milliseconds; only with its bit
/// collapse key   a text; only with its bit
/// info           user, client, each a text; only with its bit. Behind it, connection info and channel info, each a text and only with its own bit
/// tags           their number, then key and value of each, texts; only with its bit
/// extras         a number of bytes, then so many of <see cref="EnvelopeExtras"/>, to which later versions may add; only with its bit
/// payload        the rest
/// </code>
/// A number is LEB128 of at most five bytes; a text is its length as a number and UTF-8. The version is a byte that UTF-8 never has, so text that somebody
/// publishes to our channels by hand is never taken for an envelope.
/// </summary>
/// <remarks>
/// The position comes first so that a script can add it, which alone knows it: it replaces the first two bytes,
/// <c>string.char(0xC1, parts + 4) .. struct.pack('&lt;I8I8', offset, time) .. epoch .. string.sub(envelope, 3)</c>, and nothing else moves. Offset 0 is a publication that
/// the history does not have; it has no epoch then, whatever stands there.
/// </remarks>
internal static class Envelope
{
    /// <summary>The longest lifetime: a year, which five bytes hold.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(366);

    private const byte Version = 0xC1;
    private const int HeaderBytes = 2;
    private const int PositionBytes = sizeof(ulong) + sizeof(long) + Epoch.Length;

    // Before the last two years that a date can hold: what is read can be reckoned with, its lifetime and the difference of two clocks included.
    private static readonly long MaxTime = (DateTimeOffset.MaxValue - (2 * MaxLifetime)).ToUnixTimeMilliseconds();

    /// <summary>Bytes of the publication's envelope.</summary>
    public static int GetLength(Publication publication)
    {
        var length = HeaderBytes + publication.Data.Length;
        if (HasPosition(publication))
            length += PositionBytes;
        if (publication.Lifetime is { } lifetime)
            length += EnvelopeWriter.LengthOf(Milliseconds(lifetime));
        if (publication.CollapseKey is { } collapseKey)
            length += EnvelopeWriter.LengthOf(collapseKey);
        if (publication.Info is { } info)
            length += EnvelopeWriter.LengthOf(info.User) + EnvelopeWriter.LengthOf(info.Client) + LengthOf(info.ConnectionInfo) + LengthOf(info.ChannelInfo);
        if (publication.Tags is { Count: > 0 } tags)
        {
            length += EnvelopeWriter.LengthOf(tags.Count);
            foreach (var (key, value) in tags)
                length += EnvelopeWriter.LengthOf(key) + EnvelopeWriter.LengthOf(value);
        }

        if (EnvelopeExtras.GetLength(publication) is > 0 and var extras)
            length += EnvelopeWriter.LengthOf(extras) + extras;
        return length;
    }

    /// <summary>Writes an envelope.</summary>
    /// <param name="publication">What is written.</param>
    /// <param name="destination">At least <see cref="GetLength"/> bytes.</param>
    /// <param name="ahead">How far this node's clock, which <see cref="Publication.TakenAt"/> is by, is ahead of Redis'.</param>
    public static void Write(Publication publication, Span<byte> destination, TimeSpan ahead = default)
    {
        var parts = EnvelopeParts.None;
        var writer = new EnvelopeWriter(destination[HeaderBytes..]);
        if (HasPosition(publication))
        {
            parts |= EnvelopeParts.Position;
            writer.Fixed(publication.Offset);
            writer.Fixed((ulong)publication.Time);
            writer.EpochOf(publication.Epoch);
        }

        if (publication.Lifetime is { } lifetime)
        {
            parts |= EnvelopeParts.Lifetime;
            writer.Number(Milliseconds(lifetime));
        }

        if (publication.CollapseKey is { } collapseKey)
        {
            parts |= EnvelopeParts.CollapseKey;
            writer.Text(collapseKey);
        }

        if (publication.Info is { } info)
        {
            parts |= EnvelopeParts.Info;
            writer.Text(info.User);
            writer.Text(info.Client);
            parts |= WriteIfAny(ref writer, info.ConnectionInfo, EnvelopeParts.ConnectionInfo);
            parts |= WriteIfAny(ref writer, info.ChannelInfo, EnvelopeParts.ChannelInfo);
        }

        if (publication.Tags is { Count: > 0 } tags)
        {
            parts |= EnvelopeParts.Tags;
            writer.Number(tags.Count);
            foreach (var (key, value) in tags)
            {
                writer.Text(key);
                writer.Text(value);
            }
        }

        if (EnvelopeExtras.GetLength(publication) is > 0 and var extras)
        {
            parts |= EnvelopeParts.Extras;
            writer.Number(extras);
            EnvelopeExtras.Write(ref writer, publication, ahead);
        }

        writer.Payload(publication.Data.Span);
        destination[0] = Version;
        destination[1] = (byte)parts;
    }

    /// <summary>Reads an envelope; false for anything that is none. Never throws.</summary>
    /// <param name="message">What came from Redis.</param>
    /// <param name="publication">Its data is a slice of the message.</param>
    /// <param name="ahead">How far this node's clock, which <see cref="Publication.TakenAt"/> is by then, is ahead of Redis'.</param>
    public static bool TryRead(ReadOnlyMemory<byte> message, [NotNullWhen(true)] out Publication? publication, TimeSpan ahead = default)
    {
        publication = null;
        var bytes = message.Span;
        if (bytes.Length < HeaderBytes || bytes[0] != Version)
            return false;

        var parts = (EnvelopeParts)bytes[1];
        if ((parts & (EnvelopeParts.ConnectionInfo | EnvelopeParts.ChannelInfo)) != 0 && !parts.HasFlag(EnvelopeParts.Info))
            return false;

        var reader = new EnvelopeReader(bytes[HeaderBytes..]);
        ulong offset = 0;
        long time = 0;
        string? epoch = null, collapseKey = null;
        TimeSpan? lifetime = null;
        ClientInfo? info = null;
        Dictionary<string, string>? tags = null;
        DateTimeOffset? takenAt = null;
        ActivityContext trace = default;
        if (parts.HasFlag(EnvelopeParts.Position) && !TryReadPosition(ref reader, out offset, out time, out epoch))
            return false;
        if (parts.HasFlag(EnvelopeParts.Lifetime) && !TryReadLifetime(ref reader, out lifetime))
            return false;
        if (parts.HasFlag(EnvelopeParts.CollapseKey) && !reader.TryReadText(out collapseKey))
            return false;
        if (parts.HasFlag(EnvelopeParts.Info) && !TryReadInfo(ref reader, parts, out info))
            return false;
        if (parts.HasFlag(EnvelopeParts.Tags) && !TryReadTags(ref reader, out tags))
            return false;
        if (parts.HasFlag(EnvelopeParts.Extras) && !(reader.TryReadBlock(out var extras) && EnvelopeExtras.TryRead(extras, ahead, out takenAt, out trace)))
            return false;

        publication = new Publication(message[^reader.Left..], tags, info, offset)
        {
            Epoch = epoch,
            Time = time,
            Lifetime = lifetime,
            CollapseKey = collapseKey,
            TakenAt = takenAt,
            Trace = trace,
        };
        return true;
    }

    /// <summary>When the lifetime of what was read ends by Redis' clock, in Unix ms; null for never.</summary>
    public static long? EndOf(Publication publication) =>
        publication.Lifetime is { } lifetime ? publication.Time + (long)lifetime.TotalMilliseconds : null;

    private static bool HasPosition(Publication publication) => publication.Offset != 0 || publication.Time != 0;

    // What lives shorter than a millisecond still lives.
    private static long Milliseconds(TimeSpan lifetime) => Math.Max(1, (long)(lifetime < MaxLifetime ? lifetime : MaxLifetime).TotalMilliseconds);

    private static bool TryReadPosition(ref EnvelopeReader reader, out ulong offset, out long time, out string? epoch)
    {
        time = 0;
        epoch = null;
        if (!reader.TryReadFixed(out offset) || !reader.TryReadFixed(out var milliseconds) || !reader.TryReadEpoch(out epoch))
            return false;
        if (offset == 0)
            epoch = null;
        else if (epoch is null)
            return false;
        time = (long)milliseconds;
        return time >= 0 && time <= MaxTime;
    }

    private static bool TryReadLifetime(ref EnvelopeReader reader, out TimeSpan? lifetime)
    {
        lifetime = null;
        if (!reader.TryReadNumber(out var milliseconds) || milliseconds == 0 || milliseconds > (long)MaxLifetime.TotalMilliseconds)
            return false;
        lifetime = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    private static int LengthOf(string? text) => text is null ? 0 : EnvelopeWriter.LengthOf(text);

    private static EnvelopeParts WriteIfAny(ref EnvelopeWriter writer, string? text, EnvelopeParts part)
    {
        if (text is null)
            return EnvelopeParts.None;
        writer.Text(text);
        return part;
    }

    private static bool TryReadInfo(ref EnvelopeReader reader, EnvelopeParts parts, out ClientInfo? info)
    {
        info = null;
        string? connectionInfo = null, channelInfo = null;
        if (!reader.TryReadText(out var user) || !reader.TryReadText(out var client))
            return false;
        if (parts.HasFlag(EnvelopeParts.ConnectionInfo) && !reader.TryReadText(out connectionInfo))
            return false;
        if (parts.HasFlag(EnvelopeParts.ChannelInfo) && !reader.TryReadText(out channelInfo))
            return false;
        info = new ClientInfo(user, client) { ConnectionInfo = connectionInfo, ChannelInfo = channelInfo };
        return true;
    }

    private static bool TryReadTags(ref EnvelopeReader reader, out Dictionary<string, string>? tags)
    {
        tags = null;

        // Each tag takes two bytes at least: a number that cannot be true must not make us reserve memory for it.
        if (!reader.TryReadNumber(out var count) || count > reader.Left / 2)
            return false;
        tags = new Dictionary<string, string>((int)count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadText(out var key) || !reader.TryReadText(out var value))
                return false;
            tags[key] = value;
        }

        return true;
    }
}
