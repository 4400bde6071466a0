namespace PushGateway.Transports;

/// <summary>Publications of one channel that go to its subscribers in one walk. Most runs are of one; several come when they are published faster than they are delivered.</summary>
internal sealed class BroadcastRun
{
    private readonly Broadcast[] _broadcasts;
    private readonly byte[]?[] _joined = new byte[FrameFormat.Count][];

    /// <param name="broadcasts">At least one.</param>
    public BroadcastRun(params Broadcast[] broadcasts)
    {
        _broadcasts = broadcasts;
        IsJoined = true;
        foreach (ref readonly var broadcast in Broadcasts)
            IsJoined &= broadcast.IsPlain;
    }

    public ReadOnlySpan<Broadcast> Broadcasts => _broadcasts;

    /// <summary>Whether a client may be given all as one: none of them is to be replaced or dropped on its way.</summary>
    public bool IsJoined { get; }

    /// <summary>What a client lacks that has less.</summary>
    public ulong Previous => _broadcasts[0].Previous;

    public ulong First => _broadcasts[0].Offset;

    public ulong Last => _broadcasts[^1].Offset;

    /// <summary>The frames that all clients of a format get, one behind the other.</summary>
    public byte[] JoinedFor(FrameFormat format) => _joined[format.Index] ??= Join(format);

    private byte[] Join(FrameFormat format)
    {
        if (_broadcasts.Length == 1)
            return _broadcasts[0].FrameFor(format);

        var length = 0;
        foreach (ref readonly var broadcast in Broadcasts)
            length += broadcast.FrameFor(format).Length;
        var joined = new byte[length];
        var end = 0;
        foreach (ref readonly var broadcast in Broadcasts)
        {
            var frame = broadcast.FrameFor(format);
            frame.CopyTo(joined, end);
            end += frame.Length;
        }

        return joined;
    }
}
