using System.Net;
using Microsoft.AspNetCore.Http;

namespace PushGateway.Security;

/// <summary>
/// Lets callers on this machine use the API without a key, in Development alone. A browser on this machine is such a caller too, whichever page it shows: so neither a page of another origin
/// may ask, nor one whose name was made to lead here (DNS rebinding).
/// </summary>
internal static class LoopbackCallers
{
    private const string LocalName = "localhost", LocalSuffix = ".localhost";

    /// <summary>Why a request is refused; null when it is not.</summary>
    /// <param name="context">The request.</param>
    /// <param name="allowedOrigins">Origins that may ask beside those of this machine.</param>
    public static ApiRefusal? WhyRefused(HttpContext context, IList<string> allowedOrigins)
    {
        // No address at all is a server in memory, as tests use it: the caller is this process.
        if (context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
            return ApiRefusal.NotThisMachine;

        if (!IsLoopback(context.Request.Host.Host))
            return ApiRefusal.ForeignHost;

        // Several values are joined, and then are the origin of nothing.
        string? origin = context.Request.Headers.Origin;
        return origin is null || IsLoopbackOrigin(origin) || allowedOrigins.Contains(origin) ? null : ApiRefusal.ForeignOrigin;
    }

    private static bool IsLoopbackOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && IsLoopback(uri.Host);

    // Names behind .localhost lead to this machine by RFC 6761, section 6.3; browsers see to that themselves.
    private static bool IsLoopback(string host) =>
        host.Equals(LocalName, StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(LocalSuffix, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
