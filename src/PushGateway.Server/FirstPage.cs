namespace PushGateway.Server;

/// <summary>For Development alone: the page at <c>/</c> on which everything can be tried.</summary>
internal static class FirstPage
{
    // The page opens a WebSocket to where it came from. Safari before 15.4 does not count that as 'self'.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    // All that a page could ask a visitor for and this one does not need.
    private const string PermissionsPolicy = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

    public static IApplicationBuilder UseFirstPage(this IApplicationBuilder app) => app.UseDefaultFiles().UseStaticFiles(new StaticFileOptions
    {
        OnPrepareResponse = file =>
        {
            var headers = file.Context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = PermissionsPolicy;
            headers.CacheControl = "no-cache";
        },
    });
}
