using System.Runtime.InteropServices;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// Messages of one topic that one read brought, one behind the other: they are delivered together, so that who has many clients writes to each of them once. Nothing waits for it: what one
/// read brought is delivered before the next.
/// </summary>
internal sealed class MessageRun(Subscriber subscriber)
{
    private readonly List<ReadOnlyMemory<byte>> _payloads = [];
    private ReadOnlyMemory<byte> _topic;

    /// <summary>Adds a message, after delivering those of another topic.</summary>
    /// <param name="topic">The topic. Like the payload it is a slice of the read buffer.</param>
    /// <param name="payload">The payload.</param>
    public void Add(ReadOnlyMemory<byte> topic, ReadOnlyMemory<byte> payload)
    {
        if (!topic.Span.SequenceEqual(_topic.Span))
            Deliver();
        _topic = topic;
        _payloads.Add(payload);
    }

    /// <summary>Delivers what there is. Before anything else is handled, and before the buffer is used again.</summary>
    public void Deliver()
    {
        if (_payloads.Count == 0)
            return;

        subscriber.Deliver(_topic.Span, CollectionsMarshal.AsSpan(_payloads));
        _payloads.Clear();
        _topic = default;
    }
}
