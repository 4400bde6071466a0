namespace PushGateway.Redis.PubSub;

/// <summary>One thing that Redis sent, as places in the buffer it was read from.</summary>
internal readonly ref struct Push(PushKind kind, ReadOnlySpan<byte> topic = default, int topicStart = 0, int payloadStart = 0, int payloadLength = 0)
{
    public PushKind Kind { get; } = kind;

    /// <summary>The Redis channel; of an error, its text.</summary>
    public ReadOnlySpan<byte> Topic { get; } = topic;

    /// <summary>Where a message's Redis channel begins, counted from the start of this push.</summary>
    public int TopicStart { get; } = topicStart;

    /// <summary>Where the payload begins, counted from the start of this push.</summary>
    public int PayloadStart { get; } = payloadStart;

    public int PayloadLength { get; } = payloadLength;
}
