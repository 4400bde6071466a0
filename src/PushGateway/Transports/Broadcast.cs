using PushGateway.Channels;
using PushGateway.Connections;

namespace PushGateway.Transports;

/// <summary>One publication on its way to the subscribers of this node: encoded at most once for each format. Used by one thread and for one walk.</summary>
/// <param name="channel">The channel.</param>
/// <param name="publication">The publication.</param>
/// <param name="previous">The offset of the publication delivered before it on this node.</param>
/// <param name="keepLatest">Whether its collapse key counts.</param>
internal readonly struct Broadcast(string channel, Publication publication, ulong previous = 0, bool keepLatest = false)
{
    private readonly byte[]?[] _frames = new byte[FrameFormat.Count][];

    // No name of a channel holds a line feed, so that no two pairs make one name.
    private readonly string? _replaces = keepLatest && publication.CollapseKey is { } key ? $"{channel}\n{key}" : null;
    private readonly long _expiresAt = publication.ExpiresAt?.UtcTicks ?? 0;

    public ulong Offset => publication.Offset;

    public ulong Previous => previous;

    /// <summary>The frame that all clients of a format get.</summary>
    public byte[] FrameFor(FrameFormat format) => _frames[format.Index] ??= format.Encode(channel, publication);

    public Outgoing ToOutgoing(byte[] frame) => new(frame, _replaces, _expiresAt);
}
