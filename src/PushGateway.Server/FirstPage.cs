namespace PushGateway.Server;

/// <summary>For Development alone: the page at <c>/</c> on which everything can be tried.</summary>
internal static class FirstPage
{
    private const string ContentSecurityPolicy =
        "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; style-src 'self'; script-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    public static IApplicationBuilder UseFirstPage(this IApplicationBuilder app) => app.UseDefaultFiles().UseStaticFiles(new StaticFileOptions
    {
        OnPrepareResponse = file =>
        {
            var headers = file.Context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.CacheControl = "no-cache";
        },
    });
}
