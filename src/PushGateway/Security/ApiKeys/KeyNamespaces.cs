using System.Buffers;
using PushGateway.Channels;

namespace PushGateway.Security;

/// <summary>The namespaces that a key is limited to.</summary>
internal sealed class KeyNamespaces
{
    /// <summary>Stands for the users' own channels, such as <c>#42</c>.</summary>
    public const string Users = "#user";

    /// <summary>Stands for the other channels without a namespace.</summary>
    public const string None = "#none";

    // What a namespace has, and the one wildcard.
    private static readonly SearchValues<char> Allowed = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.*");

    private readonly ChannelPattern[] _patterns;
    private readonly bool _haveNone;

    /// <param name="patterns">Each one that <see cref="IsPattern"/> takes.</param>
    public KeyNamespaces(IEnumerable<string> patterns)
    {
        var all = patterns.ToArray();
        HaveUsers = all.Contains(Users, StringComparer.Ordinal);
        _haveNone = all.Contains(None, StringComparer.Ordinal);
        _patterns = [.. all.Where(pattern => pattern is not (Users or None)).Select(ChannelPattern.Parse)];
    }

    /// <summary>Whether the users' own channels are among them.</summary>
    public bool HaveUsers { get; }

    /// <summary>Whether a text is a pattern of names, <see cref="Users"/> or <see cref="None"/>.</summary>
    public static bool IsPattern(string? text) =>
        text is Users or None || (text is { Length: > 0 and <= ChannelName.MaxBytes } && !text.AsSpan().ContainsAnyExcept(Allowed));

    /// <summary>Whether a channel is in one of them.</summary>
    /// <param name="channel">Its name; what is none is in no namespace.</param>
    public bool Contain(string channel)
    {
        if (!ChannelName.TryParse(channel, out var name, out _))
            return false;

        if (name.Namespace.IsEmpty)
            return name.IsPersonal ? HaveUsers : _haveNone;

        foreach (var pattern in _patterns)
            if (pattern.Matches(name.Namespace))
                return true;
        return false;
    }
}
