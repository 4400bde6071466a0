using System.Buffers;
using System.Diagnostics;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Protocol;

namespace PushGateway.Transports;

/// <summary>One publication on its way to the subscribers of this node: encoded at most once for each format and form. Used by one thread and for one walk.</summary>
/// <param name="channel">The channel.</param>
/// <param name="publication">The publication.</param>
/// <param name="previous">The offset of the publication delivered before it on this node.</param>
/// <param name="keepLatest">Whether its collapse key counts.</param>
/// <param name="sequence">Its number among all that this node delivered of the channel, from 1; 0 where nobody counts.</param>
/// <param name="deltaBase">The data of the publication before it; null when it was not kept.</param>
internal readonly struct Broadcast(
    string channel, Publication publication, ulong previous = 0, bool keepLatest = false, long sequence = 0, byte[]? deltaBase = null)
{
    private const int Forms = 3;

    private readonly byte[]?[] _frames = new byte[FrameFormat.Count * Forms][];

    // No name of a channel holds a line feed, so that no two pairs make one name.
    private readonly string? _replaces = keepLatest && publication.CollapseKey is { } key ? $"{channel}\n{key}" : null;
    private readonly long _expiresAt = publication.ExpiresAt?.UtcTicks ?? 0;

    public ulong Offset => publication.Offset;

    public ulong Previous => previous;

    /// <summary>See <see cref="Publication.TakenAt"/>.</summary>
    public DateTimeOffset? TakenAt => publication.TakenAt;

    /// <summary>See <see cref="Publication.Trace"/>.</summary>
    public ActivityContext Trace => publication.Trace;

    /// <summary>The size of the payload, in bytes.</summary>
    public int DataBytes => publication.Data.Length;

    /// <summary>Whether it goes out whatever comes after it.</summary>
    public bool IsPlain => _replaces is null && _expiresAt == 0;

    /// <summary>What the next publication may be a difference from, for a client that got this one: its sequence, or 0 when this one may be dropped on its way.</summary>
    public long BaseOfNext => _replaces is null && _expiresAt == 0 ? sequence : 0;

    /// <summary>The frame that all clients of a format get.</summary>
    public byte[] FrameFor(FrameFormat format) => _frames[format.Index * Forms] ??= format.Encode(channel, publication, PublicationForm.Plain);

    /// <summary>The frame for a client that takes differences.</summary>
    /// <param name="format">The client's format.</param>
    /// <param name="clientBase">The sequence of the publication that the client has.</param>
    public byte[] DeltaFrameFor(FrameFormat format, long clientBase)
    {
        if (deltaBase is null || clientBase == 0 || clientBase != sequence - 1)
            return _frames[(format.Index * Forms) + (int)PublicationForm.Whole] ??= format.Encode(channel, publication, PublicationForm.Whole);

        return _frames[(format.Index * Forms) + (int)PublicationForm.Delta] ??= EncodeDelta(format);
    }

    public Outgoing ToOutgoing(byte[] frame) => new(frame, _replaces, _expiresAt);

    private byte[] EncodeDelta(FrameFormat format)
    {
        var delta = new ArrayBufferWriter<byte>();
        return FossilDelta.TryCreate(deltaBase, publication.Data.Span, delta)
            ? format.Encode(channel, publication with { Data = delta.WrittenMemory }, PublicationForm.Delta)
            : DeltaFrameFor(format, clientBase: 0);
    }
}
