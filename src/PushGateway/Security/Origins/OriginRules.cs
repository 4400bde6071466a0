using System.Buffers;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PushGateway.Security.Origins;

/// <summary>
/// Says whether the page that a client comes from may connect (RFC 6455, section 10.2). A browser lets every page open a WebSocket to everywhere and sends the cookies of the gateway with it,
/// so that this is all that keeps a strange page from acting as its visitor.
/// </summary>
internal sealed class OriginRules
{
    private readonly OriginPattern[] _patterns;
    private readonly bool _every, _opaque, _ownAlone, _thisMachine;

    public OriginRules(IOptions<PushGatewayOptions> options, IHostEnvironment environment)
    {
        var allowed = options.Value.Security.AllowedOrigins;
        _every = allowed.Contains(OriginPattern.Every);
        _opaque = allowed.Contains(OriginPattern.Opaque);
        _ownAlone = allowed.Count == 0;
        _thisMachine = _ownAlone && environment.IsDevelopment();
        _patterns = [.. Patterns(allowed)];
    }

    /// <summary>Whether a request may open a WebSocket. One without an origin is no browser's, and may.</summary>
    public bool Allow(IHeaderDictionary headers)
    {
        var origins = headers.Origin;
        if (origins.Count == 0)
            return true;

        string? host = headers.Host;
        Span<byte> originBytes = stackalloc byte[Origin.MaxBytes], hostBytes = stackalloc byte[Origin.MaxBytes];
        return origins is [{ } origin]
            && Ascii.FromUtf16(origin, originBytes, out var originLength) == OperationStatus.Done
            && Ascii.FromUtf16(host, hostBytes, out var hostLength) == OperationStatus.Done
            && Allow(originBytes[..originLength], hostBytes[..hostLength]);
    }

    /// <summary>Whether a request with this origin may open a WebSocket. Allocates nothing.</summary>
    /// <param name="text">The only header <c>Origin</c>.</param>
    /// <param name="host">The header <c>Host</c>.</param>
    public bool Allow(ReadOnlySpan<byte> text, ReadOnlySpan<byte> host)
    {
        if (!Origin.TryRead(text, out var origin))
            return _opaque && text.SequenceEqual("null"u8);

        if (_every || (_ownAlone && IsOwn(origin, host)))
            return true;

        foreach (var pattern in _patterns)
            if (pattern.Matches(origin))
                return true;
        return false;
    }

    private static IEnumerable<OriginPattern> Patterns(IList<string> allowed)
    {
        foreach (var text in allowed)
            if (OriginPattern.TryRead(text, out var pattern))
                yield return pattern;
    }

    // By host and port, not by scheme: behind a proxy that ends TLS the page came by another one than the request. A page that is on this machine may belong to another program there, and its
    // name is looked at on both sides, since a strange name may be made to lead to this machine as well (DNS rebinding).
    private bool IsOwn(in Origin origin, ReadOnlySpan<byte> host) =>
        origin.DefaultPort != 0
        && Authority.TryRead(host, out var own)
        && ((Ascii.EqualsIgnoreCase(origin.Host, own.Host) && origin.Port == (own.Port != 0 ? own.Port : origin.DefaultPort))
            || (_thisMachine && IsThisMachine(origin.Host) && IsThisMachine(own.Host)));

    private static bool IsThisMachine(ReadOnlySpan<byte> host)
    {
        const string localhost = "localhost";
        if (host.Length >= localhost.Length && Ascii.EqualsIgnoreCase(host[^localhost.Length..], localhost))
            return host.Length == localhost.Length || host[^(localhost.Length + 1)] == '.';

        return host.SequenceEqual("[::1]"u8) || (host.StartsWith("127."u8) && IPAddress.TryParse(Encoding.ASCII.GetString(host), out var address) && IPAddress.IsLoopback(address));
    }
}
