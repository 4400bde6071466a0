namespace PushGateway.Security;

/// <summary>Text from outside as it may stand in a log: on one line, and not longer than names are.</summary>
internal static class LogText
{
    private const int LengthOfNames = 256;

    /// <param name="text">The text.</param>
    /// <param name="maxLength">Where it is cut off, in characters.</param>
    public static string Of(string? text, int maxLength = LengthOfNames)
    {
        if (string.IsNullOrEmpty(text))
            return "";

        var isLong = text.Length > maxLength;
        if (!isLong && !HasControls(text))
            return text;

        var line = text[..Math.Min(text.Length, maxLength)].ToCharArray();
        for (var i = 0; i < line.Length; i++)
            if (IsControl(line[i]))
                line[i] = '?';
        return isLong ? new string(line) + "…" : new string(line);
    }

    private static bool HasControls(string text)
    {
        foreach (var character in text)
            if (IsControl(character))
                return true;
        return false;
    }

    // The separators of lines and paragraphs end a line in some viewers.
    private static bool IsControl(char character) => char.IsControl(character) || character is '\u2028' or '\u2029';
}
