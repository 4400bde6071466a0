using System.Buffers.Text;
using System.Text;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Publishing;

/// <summary>Reads what Redis answers, in RESP2.</summary>
internal ref struct Reply
{
    // Many times what any answer to our commands has; ROLE names all replicas.
    private const int MaxBytes = 64 * 1024;

    private ReadOnlySpan<byte> _rest;

    private Reply(ReadOnlySpan<byte> bytes) => _rest = bytes;

    /// <summary>Finds the end of the first reply of a buffer.</summary>
    /// <param name="buffer">What came from Redis, beginning at the start of a reply.</param>
    /// <param name="length">Bytes of the reply; when it is incomplete, how many it has at least.</param>
    public static ParseStatus Measure(ReadOnlySpan<byte> buffer, out long length)
    {
        var reply = new Reply(buffer);
        length = 0;
        for (long elements = 1; elements > 0; elements--)
        {
            if (!reply.TryReadLine(out var type, out var line))
                return Incomplete(buffer.Length + 1L, out length);
            if (type is (byte)'+' or (byte)'-' or (byte)':')
                continue;
            if (type is not ((byte)'$' or (byte)'*') || !TryParse(line, out var count) || count is < -1 or > MaxBytes)
                return ParseStatus.Broken;

            if (type is (byte)'*')
                elements += Math.Max(0, count);
            else if (count + 2 > reply._rest.Length)
                return Incomplete(buffer.Length - reply._rest.Length + count + 2, out length);
            else if (count >= 0 && !reply.TryTake((int)count, out _))
                return ParseStatus.Broken;
        }

        length = buffer.Length - reply._rest.Length;
        return ParseStatus.Complete;
    }

    /// <summary>Whether a reply is an error.</summary>
    public static bool IsError(ReadOnlySpan<byte> reply, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (reply.IsEmpty || reply[0] != (byte)'-')
            return false;
        text = reply[1..^2];
        return true;
    }

    /// <summary>Reads the answer to a publication; null for what is none.</summary>
    public static PublishReply? ReadPublished(ReadOnlySpan<byte> bytes, ReplyUse use)
    {
        if (IsError(bytes, out var error))
            return new PublishReply(Refusal.FateOf(error), Reason: TextOf(error));

        var reply = new Reply(bytes);
        if (use is ReplyUse.Plain)
            return reply.TryReadNumber(out _) ? new PublishReply(PublishFate.Done) : null;
        return reply.TryReadLine(out var type, out var count) && type is (byte)'*' && count.SequenceEqual("5"u8)
            && reply.TryReadNumber(out var status)
            && reply.TryReadNumber(out var repeated)
            && reply.TryReadNumber(out var offset)
            && reply.TryReadBulk(out var epoch)
            && reply.TryReadNumber(out var time)
                ? new PublishReply(PublishFate.Done, new ScriptAnswer((int)status, repeated != 0, (ulong)offset, EpochOf(epoch), time))
                : null;
    }

    /// <summary>Whether the answer to ROLE is that of a primary. A user without the right to ask is not told; writing to a replica fails by itself.</summary>
    public static bool IsPrimary(ReadOnlySpan<byte> bytes)
    {
        if (IsError(bytes, out var error))
            return error.StartsWith("NOPERM"u8);
        var reply = new Reply(bytes);
        return reply.TryReadLine(out var type, out _) && type is (byte)'*' && reply.TryReadBulk(out var role) && role.SequenceEqual("master"u8);
    }

    /// <summary>The bulk string that is the whole reply; empty for anything else.</summary>
    public static ReadOnlySpan<byte> ReadBulk(ReadOnlySpan<byte> bytes) => new Reply(bytes).TryReadBulk(out var value) ? value : default;

    public static string TextOf(ReadOnlySpan<byte> error) => Encoding.UTF8.GetString(error[..Math.Min(error.Length, 200)]);

    private static ParseStatus Incomplete(long needed, out long length)
    {
        length = needed;
        return needed <= MaxBytes ? ParseStatus.Incomplete : ParseStatus.Broken;
    }

    private static string? EpochOf(ReadOnlySpan<byte> epoch) =>
        epoch.IsEmpty ? null : (epoch.Length == PushGateway.Brokers.Epoch.Length ? EpochText.Read(epoch) : null) ?? Encoding.UTF8.GetString(epoch);

    private bool TryReadNumber(out long number)
    {
        number = 0;
        return TryReadLine(out var type, out var line) && type is (byte)':' && TryParse(line, out number);
    }

    private bool TryReadBulk(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadLine(out var type, out var line) && type is (byte)'$' && TryParse(line, out var length) && length >= 0 && length <= _rest.Length
            && TryTake((int)length, out value);
    }

    /// <summary>Takes so many bytes and the end of the line behind them.</summary>
    private bool TryTake(int count, out ReadOnlySpan<byte> value)
    {
        value = _rest[..count];
        if (!_rest[count..].StartsWith("\r\n"u8))
            return false;
        _rest = _rest[(count + 2)..];
        return true;
    }

    private bool TryReadLine(out byte type, out ReadOnlySpan<byte> line)
    {
        type = 0;
        line = default;
        var end = _rest.IndexOf("\r\n"u8);
        if (end < 0)
            return false;
        if (end > 0)
        {
            type = _rest[0];
            line = _rest[1..end];
        }

        _rest = _rest[(end + 2)..];
        return true;
    }

    private static bool TryParse(ReadOnlySpan<byte> digits, out long number) => Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length;
}
