using System.Buffers.Text;

namespace PushGateway.Redis.PubSub;

/// <summary>
/// Reads what Redis sends to a subscriber, in RESP2 (arrays) or RESP3 (pushes). It keeps no state: a push that is not whole yet is read again
/// from its start, which costs little because only its few short headers are looked at, never the payload.
/// </summary>
internal ref struct PushParser
{
    // The longest line that means something here is an error's text. Topics are channel names of at most a few hundred bytes.
    private const int MaxLine = 4 * 1024;
    private const int MaxTopic = 64 * 1024;
    private const int MaxElements = 4;

    private readonly ReadOnlySpan<byte> _buffer;
    private int _position;
    private long _needed;
    private Push _push;

    private PushParser(ReadOnlySpan<byte> buffer) => _buffer = buffer;

    /// <summary>Reads the first push of the buffer.</summary>
    /// <param name="buffer">What came from Redis, beginning at the start of a push.</param>
    /// <param name="maxPayload">The longest payload to accept, in bytes.</param>
    /// <param name="push">What was read, when the status is <see cref="ParseStatus.Complete"/>.</param>
    /// <param name="length">Bytes of the push; what exactly depends on the status.</param>
    public static ParseStatus Read(ReadOnlySpan<byte> buffer, int maxPayload, out Push push, out long length)
    {
        var parser = new PushParser(buffer);
        var status = parser.ReadPush(maxPayload);
        push = parser._push;
        length = status is ParseStatus.Complete ? parser._position : parser._needed;
        return status;
    }

    private ParseStatus ReadPush(int maxPayload)
    {
        var status = ReadLine(out var line);
        if (status != ParseStatus.Complete)
            return status;
        if (line.IsEmpty)
            return ParseStatus.Broken;

        switch (line[0])
        {
            case (byte)'+':
                _push = new Push(line[1..].SequenceEqual("PONG"u8) ? PushKind.Pong : PushKind.Ok);
                return ParseStatus.Complete;
            case (byte)'-':
                _push = new Push(PushKind.Error, line[1..]);
                return ParseStatus.Complete;
            case (byte)':' or (byte)'_':
                return ParseStatus.Complete;
            case (byte)'*' or (byte)'>':
                return ReadElements(line[1..], maxPayload);
            default:
                return ParseStatus.Broken;
        }
    }

    private ParseStatus ReadElements(ReadOnlySpan<byte> countText, int maxPayload)
    {
        if (!TryParse(countText, out var count) || count is < 2 or > MaxElements)
            return ParseStatus.Broken;

        var status = ReadBulk(MaxTopic, out var start, out var size);
        if (status != ParseStatus.Complete)
            return NeverOversized(status);
        var kind = KindOf(_buffer.Slice(start, size), count);

        status = ReadBulk(MaxTopic, out start, out size);
        if (status != ParseStatus.Complete)
            return NeverOversized(status);
        var topic = _buffer.Slice(start, size);
        var topicStart = start;

        // The last element decides the kind's shape: a message's payload, or the number of subscriptions that are left.
        for (var rest = count - 2; rest > 0; rest--)
        {
            status = ReadBulk(maxPayload, out start, out size);
            if (status != ParseStatus.Complete)
                return status is ParseStatus.Oversized && rest > 1 ? ParseStatus.Broken : status;
        }

        _push = kind is PushKind.Message ? new Push(kind, topic, topicStart, start, size) : new Push(kind, topic);
        return ParseStatus.Complete;
    }

    private static ParseStatus NeverOversized(ParseStatus status) => status is ParseStatus.Oversized ? ParseStatus.Broken : status;

    private static PushKind KindOf(ReadOnlySpan<byte> name, int count) => (name.Length, count) switch
    {
        (7, 3) when name.SequenceEqual("message"u8) => PushKind.Message,
        (8, 3) when name.SequenceEqual("smessage"u8) => PushKind.Message,
        (9, 3) when name.SequenceEqual("subscribe"u8) => PushKind.Subscribed,
        (10, 3) when name.SequenceEqual("ssubscribe"u8) => PushKind.Subscribed,
        (11, 3) when name.SequenceEqual("unsubscribe"u8) => PushKind.Unsubscribed,
        (12, 3) when name.SequenceEqual("sunsubscribe"u8) => PushKind.Unsubscribed,
        (4, 2) when name.SequenceEqual("pong"u8) => PushKind.Pong,
        _ => PushKind.Other,
    };

    /// <summary>Reads a bulk string, or what may stand in its place: an integer or a null, which count as empty.</summary>
    private ParseStatus ReadBulk(int max, out int start, out int size)
    {
        start = size = 0;
        var status = ReadLine(out var line);
        if (status != ParseStatus.Complete)
            return status;
        if (line.IsEmpty)
            return ParseStatus.Broken;
        if (line[0] is (byte)':' or (byte)'_')
            return ParseStatus.Complete;
        if (line[0] != (byte)'$')
            return ParseStatus.Broken;
        if (line[1..].SequenceEqual("-1"u8))
            return ParseStatus.Complete;
        if (!Utf8Parser.TryParse(line[1..], out long declared, out var used) || used != line.Length - 1 || declared is < 0 or > int.MaxValue)
            return ParseStatus.Broken;

        _needed = _position + declared + 2;
        if (declared > max)
            return ParseStatus.Oversized;
        if (_needed > _buffer.Length)
            return ParseStatus.Incomplete;

        start = _position;
        size = (int)declared;
        _position = (int)_needed;
        return _buffer[_position - 2] == (byte)'\r' && _buffer[_position - 1] == (byte)'\n' ? ParseStatus.Complete : ParseStatus.Broken;
    }

    private ParseStatus ReadLine(out ReadOnlySpan<byte> line)
    {
        var rest = _buffer[_position..];
        var end = rest[..Math.Min(rest.Length, MaxLine)].IndexOf((byte)'\n');
        if (end < 0)
        {
            line = default;
            _needed = _buffer.Length + 1L;
            return rest.Length < MaxLine ? ParseStatus.Incomplete : ParseStatus.Broken;
        }

        _position += end + 1;
        if (end == 0 || rest[end - 1] != (byte)'\r')
        {
            line = default;
            return ParseStatus.Broken;
        }

        line = rest[..(end - 1)];
        return ParseStatus.Complete;
    }

    private static bool TryParse(ReadOnlySpan<byte> digits, out int number) =>
        Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length;
}
