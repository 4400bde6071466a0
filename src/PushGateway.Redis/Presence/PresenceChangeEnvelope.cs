using System.Diagnostics.CodeAnalysis;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;

namespace PushGateway.Redis.Presence;

/// <summary>
/// How a change of members travels, on the topic of its channel, as <c>members.lua</c> writes it:
/// <code>
/// version     1 byte    0xC0, which is none of a publication's and which UTF-8 never has
/// kind        1 byte    1 joined, 2 left, 3 returned
/// previous    8 bytes, little-endian
/// sequence    8 bytes, little-endian
/// replaced    16 bytes; only of a member that returned
/// member      a <see cref="MemberEntry"/> from the connection on
/// </code>
/// </summary>
internal static class PresenceChangeEnvelope
{
    private const byte Version = 0xC0;
    private const byte Joined = 1;
    private const byte Left = 2;
    private const byte Returned = 3;

    /// <summary>Reads a change; false for anything that is none. Never throws.</summary>
    public static bool TryRead(string channel, ReadOnlySpan<byte> message, [NotNullWhen(true)] out PresenceChange? change)
    {
        change = null;
        if (message.Length < 2 || message[0] != Version || message[1] is not (Joined or Left or Returned))
            return false;

        var kind = message[1];
        var reader = new EnvelopeReader(message[2..]);
        Guid replaced = default;
        if (!reader.TryReadFixed(out var previous) || !reader.TryReadFixed(out var sequence) || (kind == Returned && !reader.TryReadId(out replaced)))
            return false;
        if (previous >= sequence || sequence > long.MaxValue || !MemberEntry.TryRead(channel, message[^reader.Left..], out var client))
            return false;

        change = kind switch
        {
            Joined => new PresenceChange(PresenceChangeKind.Joined, (long)previous, (long)sequence, client),
            Left => new PresenceChange(PresenceChangeKind.Left, (long)previous, (long)sequence, client),
            _ => new PresenceChange(PresenceChangeKind.Returned, (long)previous, (long)sequence, client, replaced.ToString()),
        };
        return true;
    }
}
