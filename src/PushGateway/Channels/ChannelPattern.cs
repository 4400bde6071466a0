using System.IO.Enumeration;

namespace PushGateway.Channels;

/// <summary>A pattern for names of channels: <c>*</c> stands for any characters, <c>?</c> for one, everything else for itself.</summary>
internal readonly struct ChannelPattern
{
    private readonly string? _pattern;

    private ChannelPattern(string? pattern) => _pattern = pattern;

    public static ChannelPattern Parse(string? pattern) => new(string.IsNullOrEmpty(pattern) ? null : pattern);

    // Names hold neither the wildcards nor the backslash that escapes them, so file name matching is exactly what is wanted.
    public bool Matches(ReadOnlySpan<char> name) => _pattern is null || FileSystemName.MatchesSimpleExpression(_pattern, name, ignoreCase: false);
}
