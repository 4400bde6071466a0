namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Texts at the edges of UTF-8 (RFC 3629).</summary>
internal static class Utf8Samples
{
    public static IReadOnlyList<Sample> Valid { get; } =
    [
        new("a Greek word", "κόσμε"u8.ToArray()),
        new("the first character of two bytes", [0xC2, 0x80]),
        new("the last character of two bytes", [0xDF, 0xBF]),
        new("the first character of three bytes", [0xE0, 0xA0, 0x80]),
        new("the last character before the surrogates", [0xED, 0x9F, 0xBF]),
        new("the first character behind the surrogates", [0xEE, 0x80, 0x80]),
        new("the replacement character", [0xEF, 0xBF, 0xBD]),
        new("the non-character U+FFFE", [0xEF, 0xBF, 0xBE]),
        new("the last character of three bytes", [0xEF, 0xBF, 0xBF]),
        new("the first character of four bytes", [0xF0, 0x90, 0x80, 0x80]),
        new("the last character of all", [0xF4, 0x8F, 0xBF, 0xBF]),
        new("an emoji of several characters", "👩‍🚀"u8.ToArray()),
    ];

    public static IReadOnlyList<Sample> Invalid { get; } =
    [
        new("a continuation byte on its own", [0x80]),
        new("a last continuation byte on its own", [0xBF]),
        new("one continuation byte too many", [0xC3, 0xA9, 0xA9]),
        new("a slash in two bytes", [0xC0, 0xAF]),
        new("a slash in three bytes", [0xE0, 0x80, 0xAF]),
        new("a slash in four bytes", [0xF0, 0x80, 0x80, 0xAF]),
        new("U+007F in two bytes", [0xC1, 0xBF]),
        new("U+07FF in three bytes", [0xE0, 0x9F, 0xBF]),
        new("U+FFFF in four bytes", [0xF0, 0x8F, 0xBF, 0xBF]),
        new("a high surrogate", [0xED, 0xA0, 0x80]),
        new("a low surrogate", [0xED, 0xBF, 0xBF]),
        new("a surrogate pair", [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80]),
        new("U+110000", [0xF4, 0x90, 0x80, 0x80]),
        new("a character of five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]),
        new("a character of six bytes", [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]),
        new("the byte FE", [0xFE]),
        new("the byte FF", [0xFF]),
        new("two bytes broken by a letter", [0xC3, 0x28]),
        new("three bytes broken by a letter", [0xE2, 0x82, 0x28]),
        new("four bytes broken by a letter", [0xF0, 0x9F, 0x98, 0x28]),
        new("two bytes that break off", [0xC3]) { EndsEarly = true },
        new("three bytes that break off", [0xE2, 0x82]) { EndsEarly = true },
        new("four bytes that break off", [0xF0, 0x9F, 0x98]) { EndsEarly = true },
    ];

    /// <param name="Name">What it is, as the end of a sentence.</param>
    /// <param name="Bytes">The text.</param>
    internal sealed record Sample(string Name, byte[] Bytes)
    {
        /// <summary>Whether it is only wrong because the text ends.</summary>
        public bool EndsEarly { get; init; }
    }
}
