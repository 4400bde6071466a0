using System.Buffers;
using System.Text;

namespace PushGateway.Security.Origins;

/// <summary>Where a page comes from, as a browser says it in the header <c>Origin</c> (RFC 6454, section 6.1).</summary>
internal readonly ref struct Origin
{
    /// <summary>The longest that is read: the longest name in the DNS, of 253 bytes, with a scheme and a port, and as much again.</summary>
    public const int MaxBytes = 512;

    private const ushort HttpPort = 80, HttpsPort = 443;

    // RFC 3986, section 3.1.
    private static readonly SearchValues<byte> SchemeCharacters = SearchValues.Create("+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public ReadOnlySpan<byte> Scheme { get; private init; }

    /// <summary>As in <see cref="Authority.Host"/>.</summary>
    public ReadOnlySpan<byte> Host { get; private init; }

    /// <summary>The one of the scheme where none is named; 0 when the scheme has none.</summary>
    public ushort Port { get; private init; }

    /// <summary>The port that is meant where none is named; 0 when there is none. Both schemes of the web, and no others, have one.</summary>
    public ushort DefaultPort => PortOf(Scheme);

    public static bool TryRead(ReadOnlySpan<byte> text, out Origin origin)
    {
        origin = default;
        var end = text.IndexOf("://"u8);
        if (end <= 0 || text.Length > MaxBytes)
            return false;

        var scheme = text[..end];
        if (!char.IsAsciiLetter((char)scheme[0]) || scheme.ContainsAnyExcept(SchemeCharacters) || !Authority.TryRead(text[(end + 3)..], out var authority))
            return false;

        origin = new Origin { Scheme = scheme, Host = authority.Host, Port = authority.Port != 0 ? authority.Port : PortOf(scheme) };
        return true;
    }

    private static ushort PortOf(ReadOnlySpan<byte> scheme) =>
        Ascii.EqualsIgnoreCase(scheme, "https"u8) ? HttpsPort : Ascii.EqualsIgnoreCase(scheme, "http"u8) ? HttpPort : (ushort)0;
}
