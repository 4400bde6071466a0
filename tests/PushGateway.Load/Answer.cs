using System.Buffers.Text;

namespace PushGateway.Load;

/// <summary>An HTTP answer, of which only the status matters; but where it ends must be known, or the next would be taken for it.</summary>
internal static class Answer
{
    /// <summary>Reads the status once the answer is whole.</summary>
    public static bool TryRead(ReadOnlySpan<byte> answer, out int status)
    {
        status = 0;
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0 || !Utf8Parser.TryParse(answer["HTTP/1.1 ".Length..], out status, out _))
            return false;

        var head = answer[..end];
        var body = answer[(end + 4)..];
        if (TryFindHeader(head, "content-length:"u8, out var value))
            return Utf8Parser.TryParse(value, out int length, out _) && body.Length >= length;

        return !TryFindHeader(head, "transfer-encoding:"u8, out _) || body.EndsWith("0\r\n\r\n"u8);
    }

    private static bool TryFindHeader(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var range in head.Split("\r\n"u8))
        {
            var line = head[range];
            if (line.Length < name.Length || !System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name))
                continue;

            value = line[name.Length..].TrimStart((byte)' ');
            return true;
        }

        value = default;
        return false;
    }
}
