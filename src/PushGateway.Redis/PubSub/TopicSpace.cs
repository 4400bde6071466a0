using System.Text;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// The Redis channels of one purpose: all are called <c>prefix + name + suffix</c>, and all messages go to one handler. Only names are kept,
/// as the very strings that the rest of the gateway holds, so that a subscription costs one dictionary entry.
/// </summary>
internal sealed class TopicSpace
{
    private readonly byte[] _prefix;
    private readonly byte[] _suffix;
    private readonly Dictionary<string, Waiter?> _wanted = new(AsciiNames.Comparer);
    private readonly Dictionary<string, Waiter?>.AlternateLookup<ReadOnlySpan<byte>> _wantedByBytes;

    public TopicSpace(string prefix, string suffix, MessageHandler handler)
    {
        _prefix = Encoding.ASCII.GetBytes(prefix);
        _suffix = Encoding.ASCII.GetBytes(suffix);
        _wantedByBytes = _wanted.GetAlternateLookup<ReadOnlySpan<byte>>();
        Handler = handler;
    }

    public MessageHandler Handler { get; }

    /// <summary>The names that are wanted, each with whoever still waits for its confirmation. Guarded by the subscriber's lock.</summary>
    public Dictionary<string, Waiter?> Wanted_NeedsLock => _wanted;

    /// <summary>Finds the wanted name of a Redis channel, without making a string.</summary>
    public bool TryFind_NeedsLock(ReadOnlySpan<byte> topic, out string name)
    {
        name = "";
        return TryTrim(topic, out var trimmed) && _wantedByBytes.TryGetValue(trimmed, out name!, out _);
    }

    /// <summary>Whether this is the Redis channel of that name.</summary>
    public bool IsTopicOf(ReadOnlySpan<byte> topic, string name) => TryTrim(topic, out var trimmed) && Ascii.Equals(trimmed, name);

    /// <summary>The slot of that name's Redis channel on a Redis Cluster.</summary>
    public int SlotOf(string name)
    {
        Span<byte> topic = stackalloc byte[LengthOf(name)];
        return HashSlot.Of(topic[..Write(name, topic)]);
    }

    public int LengthOf(string name) => _prefix.Length + name.Length + _suffix.Length;

    /// <summary>Writes the Redis channel of a name; returns its length.</summary>
    public int Write(string name, Span<byte> destination)
    {
        _prefix.CopyTo(destination);
        var position = _prefix.Length;
        position += Encoding.ASCII.GetBytes(name, destination[position..]);
        _suffix.CopyTo(destination[position..]);
        return position + _suffix.Length;
    }

    private bool TryTrim(ReadOnlySpan<byte> topic, out ReadOnlySpan<byte> name)
    {
        var fits = topic.Length >= _prefix.Length + _suffix.Length && topic.StartsWith(_prefix) && topic.EndsWith(_suffix);
        name = fits ? topic[_prefix.Length..^_suffix.Length] : default;
        return fits;
    }
}
