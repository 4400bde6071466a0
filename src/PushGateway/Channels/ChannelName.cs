using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace PushGateway.Channels;

/// <summary>
/// The name of a channel: <c>[namespace:]name[#user[,user…]]</c>. With users it is for them alone; <c>#42</c>, with users and no name, is user 42's own. With <c>$</c> in front of it, or
/// of the name behind the namespace, it is private: clients need a subscription token.
/// </summary>
/// <remarks>
/// Printable ASCII, so that a name has one spelling and as many bytes as characters. Left out: space and quotes, backslash and angle brackets
/// (names go into URLs, logs and pages), <c>* ? [ ]</c> (they are patterns), <c>{ }</c> (they choose the slot of a Redis Cluster).
/// </remarks>
public readonly struct ChannelName
{
    /// <summary>The longest name, in bytes. One byte holds its length on every wire, and Centrifuge servers have the same default.</summary>
    public const int MaxBytes = 255;

    /// <summary>What is in front of the users of a channel.</summary>
    public const char UserBoundary = '#';

    /// <summary>What is behind the namespace of a channel.</summary>
    public const char NamespaceBoundary = ':';

    /// <summary>What is in front of a private channel.</summary>
    public const char PrivatePrefix = '$';

    /// <summary>What is between two users.</summary>
    public const char UserSeparator = ',';

    private const string Punctuation = "!#$%&'()+,-./:;=@^_|~";
    private const string LettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>The rule of characters in words, for error messages.</summary>
    internal const string AllowedCharacters = "ASCII letters, digits and " + Punctuation;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(LettersAndDigits + Punctuation);
    private static readonly SearchValues<char> AllowedInNamespaces = SearchValues.Create(LettersAndDigits + "-_.");

    private readonly int _namespaceStart;
    private readonly int _namespaceLength;
    private readonly int _usersStart;

    private ChannelName(string value, int namespaceStart, int namespaceLength, int usersStart) =>
        (Value, _namespaceStart, _namespaceLength, _usersStart) = (value, namespaceStart, namespaceLength, usersStart);

    /// <summary>The whole name.</summary>
    public string Value { get; }

    /// <summary>The namespace; empty when the name has none.</summary>
    public ReadOnlySpan<char> Namespace => Value.AsSpan(_namespaceStart, _namespaceLength);

    /// <summary>Whether it is private by its name: <c>$room</c>, <c>$chat:room</c> or <c>chat:$room</c>.</summary>
    public bool IsPrivate =>
        Value[0] == PrivatePrefix || (_namespaceLength > 0 && Value[_namespaceStart + _namespaceLength + 1] == PrivatePrefix);

    /// <summary>Whether the channel is for named users alone.</summary>
    public bool IsForUsers => _usersStart > 0;

    /// <summary>Whether this is the own channel of a user, such as <c>#42</c>.</summary>
    public bool IsPersonal => _usersStart == 1;

    /// <summary>Whether the user is among those the channel is for. Always false for an anonymous client, whose user is empty.</summary>
    public bool IsFor(string user)
    {
        if (!IsForUsers || user.Length == 0)
            return false;

        var users = Value.AsSpan(_usersStart);
        if (IsPersonal)
            return users.SequenceEqual(user);

        foreach (var range in users.Split(UserSeparator))
            if (users[range].SequenceEqual(user))
                return true;

        return false;
    }

    /// <summary>The name of a user's own channel.</summary>
    public static string Personal(string user) => UserBoundary + user;

    /// <summary>Checks the spelling of a name; whether its namespace exists is another question.</summary>
    /// <param name="value">What should be a name.</param>
    /// <param name="name">The name.</param>
    /// <param name="why">When it is none, the reason, as the end of a sentence that begins with the field's name.</param>
    public static bool TryParse([NotNullWhen(true)] string? value, out ChannelName name, [NotNullWhen(false)] out string? why)
    {
        name = default;
        why = value switch
        {
            null or "" => "must not be empty",
            { Length: > MaxBytes } => $"is longer than {MaxBytes} bytes",
            _ when value.AsSpan().ContainsAnyExcept(Allowed) => $"may hold {AllowedCharacters} only",
            _ => null,
        };
        if (why is not null)
            return false;

        var boundary = value!.IndexOf(UserBoundary, StringComparison.Ordinal);
        var ownPart = value.AsSpan(0, boundary < 0 ? value.Length : boundary);
        var colon = ownPart.IndexOf(NamespaceBoundary);
        var start = colon > 0 && ownPart[0] == PrivatePrefix ? 1 : 0;
        why = WhatIsWrong(ownPart, start, colon) ?? (boundary < 0 ? null : WhatIsWrongWithUsers(value.AsSpan(boundary + 1), ownPart.IsEmpty));
        if (why is not null)
            return false;

        name = new ChannelName(value, start, Math.Max(colon - start, 0), boundary + 1);
        return true;
    }

    /// <summary>Checks that a user's id can stand in the name of a channel.</summary>
    /// <param name="user">The id.</param>
    /// <param name="why">When it cannot, the reason, as the end of a sentence that begins with the field's name.</param>
    public static bool IsUser([NotNullWhen(true)] string? user, [NotNullWhen(false)] out string? why)
    {
        why = user switch
        {
            null or "" => "must not be empty",
            { Length: > MaxBytes - 1 } => $"is longer than {MaxBytes - 1} bytes",
            _ when user.AsSpan().ContainsAnyExcept(Allowed) || user.Contains(UserSeparator, StringComparison.Ordinal) =>
                $"may hold {AllowedCharacters} only, and no comma",
            _ => null,
        };
        return why is null;
    }

    /// <summary>Checks that a name can be the name of a namespace: ASCII letters, digits, <c>- _ .</c></summary>
    internal static bool IsNamespace(ReadOnlySpan<char> value) =>
        value.Length is > 0 and < MaxBytes && !value.ContainsAnyExcept(AllowedInNamespaces);

    private static string? WhatIsWrong(ReadOnlySpan<char> ownPart, int start, int colon)
    {
        if (colon < 0)
            return null;

        if (!IsNamespace(ownPart[start..colon]))
            return "must have ASCII letters, digits and -_. in front of the colon";

        return colon == ownPart.Length - 1 ? "must have a name behind the colon" : null;
    }

    private static string? WhatIsWrongWithUsers(ReadOnlySpan<char> users, bool personal)
    {
        foreach (var range in users.Split(UserSeparator))
            if (users[range].IsEmpty)
                return $"must have a user behind {UserBoundary} and behind each comma";

        return personal && users.Contains(UserSeparator) ? "must have a name in front of several users" : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
