using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace PushGateway.Notifications;

/// <summary>Payloads as raw JSON.</summary>
internal static class JsonPayload
{
    /// <summary>How deep a payload may be nested.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<byte> LineBreaks = SearchValues.Create("\r\n"u8);

    /// <summary>Whether the bytes are one JSON value in valid UTF-8, which the JSON reader itself does not check inside strings.</summary>
    public static bool IsOneValue(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || !Utf8.IsValid(data))
            return false;

        try
        {
            var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = MaxDepth });
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>
    /// The same value without line breaks. Inside strings JSON has them only escaped, so each one found is between tokens; on the wire it would end the message.
    /// </summary>
    public static ReadOnlyMemory<byte> OnOneLine(ReadOnlyMemory<byte> data)
    {
        if (data.Span.IndexOfAny(LineBreaks) < 0)
            return data;

        var line = new byte[data.Length];
        var length = 0;
        foreach (var next in data.Span)
            if (next is not (byte)'\r' and not (byte)'\n')
                line[length++] = next;
        return line.AsMemory(0, length);
    }
}
