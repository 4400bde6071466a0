using System.Net;
using System.Security.Claims;

namespace PushGateway.Server;

/// <summary>
/// For Development alone: a client on this machine is who it says it is, by <c>/connection/websocket?user=42</c>. Lets notifications to users be tried
/// without an identity provider.
/// </summary>
internal static class ClaimedUser
{
    private const string Parameter = "user";

    public static IApplicationBuilder UseClaimedUser(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && context.Request.Query[Parameter] is [{ Length: > 0 } user])
            context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], nameof(ClaimedUser)));
        return next(context);
    });
}
