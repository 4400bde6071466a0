using System.Buffers;
using System.Text;
using PushGateway.Security.Origins;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Transports.Sockets;

/// <summary>
/// The head of a request that asks for the WebSocket of the client protocol (RFC 6455, section 4.1), as far as this reader knows it: it takes what clients send, in one piece and to the
/// letter. Whatever is unusual or wrong about a request is for the ordinary endpoint to judge, which answers it.
/// </summary>
internal readonly ref struct UpgradeRequest
{
    /// <summary>The longest head that is looked at: a cookie of the usual limit, 4 KB, with all that belongs there.</summary>
    public const int MaxBytes = 8 * 1024;

    /// <summary>The most headers that are looked at: three times what browsers send, and less than servers take.</summary>
    public const int MaxHeaders = 64;

    // What may stand in the name of a header (RFC 9110, section 5.6.2).
    private static readonly SearchValues<byte> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> Start => "GET /connection/websocket"u8;

    private static ReadOnlySpan<byte> Subprotocol => "centrifuge-json"u8;

    /// <summary>How many bytes it has.</summary>
    public int Length { get; private init; }

    public ReadOnlySpan<byte> Host { get; private init; }

    /// <summary>Whether it comes from a page.</summary>
    public bool HasOrigin { get; private init; }

    /// <summary>Where that page is from, as it says.</summary>
    public ReadOnlySpan<byte> Origin { get; private init; }

    /// <summary>Whether something stands behind the path.</summary>
    public bool HasQuery { get; private init; }

    private ReadOnlySpan<byte> Headers { get; init; }

    private ReadOnlySpan<byte> Key { get; init; }

    private bool OffersSubprotocol { get; init; }

    /// <summary>Reads a request.</summary>
    /// <param name="bytes">What a connection begins with.</param>
    /// <param name="request">What was read; it refers to the bytes.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out UpgradeRequest request)
    {
        request = default;
        if (!bytes.StartsWith(Start))
            return false;

        var length = bytes.IndexOf("\r\n\r\n"u8) + 4;
        if (length < 4)
            return false;

        var rest = bytes[..(length - 2)];
        if (!TryReadTarget(TakeLine(ref rest)[Start.Length..], out var hasQuery))
            return false;

        var all = rest;
        ReadOnlySpan<byte> host = default, key = default, origin = default;
        bool upgrades = false, connects = false, offers = false;
        int hosts = 0, keys = 0, versions = 0, origins = 0;
        for (var headers = 0; !rest.IsEmpty; headers++)
        {
            if (headers == MaxHeaders || !TryReadHeader(TakeLine(ref rest), out var name, out var value))
                return false;

            switch (name.Length)
            {
                case 4 when Is(name, "Host"u8):
                    host = value;
                    hosts++;
                    break;
                case 6 when Is(name, "Origin"u8):
                    origin = value;
                    origins++;
                    break;
                case 7 when Is(name, "Upgrade"u8):
                    upgrades |= Is(value, "websocket"u8);
                    break;
                case 10 when Is(name, "Connection"u8):
                    connects |= Lists(value, "Upgrade"u8);
                    break;
                case 17 when Is(name, "Sec-WebSocket-Key"u8):
                    key = value;
                    keys++;
                    break;
                case 21 when Is(name, "Sec-WebSocket-Version"u8):
                    if (!value.SequenceEqual("13"u8))
                        return false;
                    versions++;
                    break;
                case 22 when Is(name, "Sec-WebSocket-Protocol"u8):
                    if (value.Contains((byte)'"'))
                        return false;
                    offers |= Lists(value, Subprotocol, ignoreCase: false);
                    break;
                // A body, or the wish to be asked for one.
                case 14 when Is(name, "Content-Length"u8):
                case 17 when Is(name, "Transfer-Encoding"u8):
                case 6 when Is(name, "Expect"u8):
                    return false;
            }
        }

        if (!upgrades || !connects || (hosts, keys, versions) != (1, 1, 1) || origins > 1 || !Authority.TryRead(host, out _) || !WebSocketKey.IsValid(key))
            return false;

        request = new UpgradeRequest
        {
            Length = length,
            Host = host,
            HasOrigin = origins > 0,
            Origin = origin,
            HasQuery = hasQuery,
            Headers = all,
            Key = key,
            OffersSubprotocol = offers,
        };
        return true;
    }

    /// <summary>Finds a header by its name.</summary>
    /// <param name="name">In any case.</param>
    /// <param name="skip">How many of that name to pass over, since some may come several times.</param>
    /// <param name="value">What it says; it refers to the bytes.</param>
    public bool TryGetHeader(ReadOnlySpan<byte> name, int skip, out ReadOnlySpan<byte> value)
    {
        value = default;
        for (var rest = Headers; !rest.IsEmpty;)
            if (TryReadHeader(TakeLine(ref rest), out var found, out value) && Is(found, name) && skip-- == 0)
                return true;

        return false;
    }

    /// <summary>Writes the answer that accepts the request, and returns how many bytes it has.</summary>
    /// <param name="target">At least 256 bytes.</param>
    public int WriteAnswer(Span<byte> target)
    {
        var written = 0;
        Append(target, ref written, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "u8);
        written += WebSocketKey.WriteAccept(Key, target[written..]);
        if (OffersSubprotocol)
        {
            Append(target, ref written, "\r\nSec-WebSocket-Protocol: "u8);
            Append(target, ref written, Subprotocol);
        }

        Append(target, ref written, "\r\n\r\n"u8);
        return written;
    }

    private static void Append(Span<byte> target, ref int written, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[written..]);
        written += text.Length;
    }

    // What is left of the line of "GET /connection/websocket?a=b HTTP/1.1" behind the path.
    private static bool TryReadTarget(ReadOnlySpan<byte> rest, out bool hasQuery)
    {
        hasQuery = !rest.IsEmpty && rest[0] == '?';
        var space = rest.IndexOf((byte)' ');
        return space >= 0 && (hasQuery ? !rest[..space].ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) : space == 0) && rest[space..].SequenceEqual(" HTTP/1.1"u8);
    }

    private static ReadOnlySpan<byte> TakeLine(scoped ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf("\r\n"u8);
        var line = rest[..end];
        rest = rest[(end + 2)..];
        return line;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var colon = line.IndexOf((byte)':');
        name = line[..Math.Max(colon, 0)];
        value = line[(colon + 1)..].Trim(" \t"u8);
        return !name.IsEmpty && !name.ContainsAnyExcept(NameCharacters) && !value.ContainsAnyExceptInRange((byte)' ', (byte)'~');
    }

    private static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(text, name);

    private static bool Lists(ReadOnlySpan<byte> value, ReadOnlySpan<byte> token, bool ignoreCase = true)
    {
        foreach (var range in value.Split((byte)','))
        {
            var item = value[range].Trim(" \t"u8);
            if (ignoreCase ? Is(item, token) : item.SequenceEqual(token))
                return true;
        }

        return false;
    }
}
