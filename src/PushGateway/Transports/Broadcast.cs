using PushGateway.Channels;

namespace PushGateway.Transports;

/// <summary>One publication on its way to the subscribers of this node: encoded at most once for each format. Used by one thread and for one walk.</summary>
internal readonly struct Broadcast(string channel, Publication publication)
{
    private readonly byte[]?[] _frames = new byte[FrameFormat.Count][];

    /// <summary>The frame that all clients of a format get.</summary>
    public byte[] FrameFor(FrameFormat format) => _frames[format.Index] ??= format.Encode(channel, publication);
}
