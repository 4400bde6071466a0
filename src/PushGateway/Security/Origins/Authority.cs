using System.Buffers;
using System.Buffers.Text;

namespace PushGateway.Security.Origins;

/// <summary>A host and a port, as they stand in the header <c>Host</c> and in an origin: <c>example.com</c>, <c>10.0.0.1:8080</c> or <c>[::1]:8080</c>.</summary>
internal readonly ref struct Authority
{
    private const int MaxPortDigits = 5;

    // A name or an IPv4 address. Others may stand in a host too, and are as rare as they are hard to judge.
    private static readonly SearchValues<byte> NameCharacters = SearchValues.Create("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> AddressCharacters = SearchValues.Create(".0123456789:ABCDEFabcdef"u8);

    /// <summary>The name or the address, an IPv6 address with its brackets.</summary>
    public ReadOnlySpan<byte> Host { get; private init; }

    /// <summary>0 for none.</summary>
    public ushort Port { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> text, out Authority authority)
    {
        authority = default;
        var isAddress = text.StartsWith("["u8);
        var end = isAddress ? text.IndexOf((byte)']') + 1 : text.IndexOf((byte)':');
        if (end < 0)
            end = text.Length;
        var name = isAddress ? text[1..Math.Max(end - 1, 1)] : text[..end];
        if (name.IsEmpty || name.ContainsAnyExcept(isAddress ? AddressCharacters : NameCharacters) || !TryReadPort(text[end..], out var port))
            return false;

        authority = new Authority { Host = text[..end], Port = port };
        return true;
    }

    private static bool TryReadPort(ReadOnlySpan<byte> text, out ushort port)
    {
        port = 0;
        return text.IsEmpty || (text[0] == ':' && text.Length <= 1 + MaxPortDigits
            && Utf8Parser.TryParse(text[1..], out port, out var used) && used == text.Length - 1 && !text[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9'));
    }
}
