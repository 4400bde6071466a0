using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>
/// Lets pages of other origins use the API (CORS), where <see cref="ApiOptions.AllowedOrigins"/> names them. By the service of ASP.NET Core and without its middleware, which a host has to put
/// into its pipeline: so the API is the same everywhere, and the host's own policies stay as they are.
/// </summary>
internal sealed class ApiOrigins
{
    // How long a browser may remember what it was told. Chromium remembers nothing for longer than 2 hours.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly ICorsService _cors;
    private readonly CorsPolicy? _policy;

    public ApiOrigins(ICorsService cors, IOptions<PushGatewayOptions> options)
    {
        _cors = cors;
        if (options.Value.Api.AllowedOrigins is { Count: > 0 } origins)
            _policy = new CorsPolicyBuilder([.. origins])
                .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete)
                .WithHeaders("X-API-Key", HeaderNames.Authorization, HeaderNames.ContentType, NotificationRules.IdempotencyKeyField)
                .WithExposedHeaders(NotificationsEndpoint.ReplayedHeader, RateLimit.PolicyHeader, RateLimit.StateHeader, HeaderNames.RetryAfter, HeaderNames.Allow, HeaderNames.WWWAuthenticate)
                .SetPreflightMaxAge(Remembered)
                .Build();
    }

    /// <summary>Tells a browser whether a page may have the answer.</summary>
    /// <returns>Whether that was all that the browser wanted to know, so that the request is answered.</returns>
    public bool Answer(HttpContext context)
    {
        // Where the host's own policy has said something, that counts.
        if (_policy is null || !context.Request.Headers.ContainsKey(HeaderNames.Origin) || context.Response.Headers.ContainsKey(HeaderNames.AccessControlAllowOrigin))
            return false;

        var result = _cors.EvaluatePolicy(context, _policy);
        _cors.ApplyResult(result, context.Response);
        if (result.IsPreflightRequest)
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        return result.IsPreflightRequest;
    }
}
