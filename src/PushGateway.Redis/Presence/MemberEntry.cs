using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;

namespace PushGateway.Redis.Presence;

/// <summary>
/// How a member stands in Redis:
/// <code>
/// incarnation       8 bytes of ASCII
/// connection        16 bytes, so that entries of one incarnation are ordered by it
/// user              a text; empty where it is that of the channel
/// parts             1 byte: 1 connection info, 2 channel info, 4 the user is that of the channel
/// connection info   a text; only with its bit
/// channel info      a text; only with its bit
/// token             a number, which tells two memberships of one connection apart
/// </code>
/// Numbers and texts are those of <see cref="Envelope"/>. Scripts know the lengths of the first two and where the user stands.
/// </summary>
internal static class MemberEntry
{
    public const int IncarnationBytes = 8;
    public const int IdBytes = 16;

    private const byte HasConnectionInfo = 1;
    private const byte HasChannelInfo = 2;
    private const byte IsOfChannel = 4;

    /// <summary>Writes an entry from the connection on, behind one byte of the caller's.</summary>
    public static byte[] Write(byte first, Membership membership, long token)
    {
        // Users' own channels are the most, and with one small entry each Redis keeps them in a tenth of the memory.
        var isOfChannel = IsOwn(membership.Channel) && membership.Channel.AsSpan(1).SequenceEqual(membership.User);
        var user = isOfChannel ? "" : membership.User;
        var length = 1 + IdBytes + EnvelopeWriter.LengthOf(user) + 1 + LengthOf(membership.ConnectionInfo) + LengthOf(membership.ChannelInfo) + EnvelopeWriter.LengthOf(token);
        var entry = new byte[length];
        entry[0] = first;
        var writer = new EnvelopeWriter(entry.AsSpan(1));
        writer.Id(membership.Connection);
        writer.Text(user);
        writer.Byte((byte)((membership.ConnectionInfo is null ? 0 : HasConnectionInfo) | (membership.ChannelInfo is null ? 0 : HasChannelInfo) | (isOfChannel ? IsOfChannel : 0)));
        if (membership.ConnectionInfo is { } connectionInfo)
            writer.Text(connectionInfo);
        if (membership.ChannelInfo is { } channelInfo)
            writer.Text(channelInfo);
        writer.Number(token);
        return entry;
    }

    /// <summary>Reads an entry from the connection on. Never throws.</summary>
    /// <param name="channel">Where it stands.</param>
    /// <param name="entry">The bytes behind the incarnation.</param>
    /// <param name="info">What others may know.</param>
    /// <returns>False for anything that is none.</returns>
    public static bool TryRead(string channel, ReadOnlySpan<byte> entry, out ClientInfo info)
    {
        var reader = new EnvelopeReader(entry);
        info = null!;
        string? connectionInfo = null, channelInfo = null;
        if (!reader.TryReadId(out var connection) || !reader.TryReadText(out var user) || !reader.TryReadByte(out var parts))
            return false;
        if ((parts & HasConnectionInfo) != 0 && !reader.TryReadText(out connectionInfo))
            return false;
        if ((parts & HasChannelInfo) != 0 && !reader.TryReadText(out channelInfo))
            return false;
        if ((parts & IsOfChannel) != 0)
            user = channel[1..];
        info = new ClientInfo(user, connection.ToString()) { ConnectionInfo = connectionInfo, ChannelInfo = channelInfo };
        return true;
    }

    /// <summary>Whether a channel is the own one of a user.</summary>
    public static bool IsOwn(string channel) => channel.StartsWith(ChannelName.UserBoundary);

    /// <summary>The bytes by which ids are ordered.</summary>
    public static byte[] IdOf(Guid connection) => connection.ToByteArray(bigEndian: true);

    /// <summary>The id behind another; empty behind the last.</summary>
    public static byte[] IdBehind(Guid connection)
    {
        var id = IdOf(connection);
        for (var i = id.Length - 1; i >= 0; i--)
            if (++id[i] != 0)
                return id;
        return [];
    }

    private static int LengthOf(string? text) => text is null ? 0 : EnvelopeWriter.LengthOf(text);
}
