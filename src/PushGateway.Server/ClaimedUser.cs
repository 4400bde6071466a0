using System.Net;
using System.Security.Claims;

namespace PushGateway.Server;

/// <summary>
/// For Development alone: a client on this machine is who it says it is, by <c>/connection/websocket?user=42</c>, and what it says of itself, by <c>&amp;info={"name":"Ann"}</c>. Lets
/// notifications to users be tried without an identity provider.
/// </summary>
internal static class ClaimedUser
{
    private const string User = "user", Info = "info";

    public static IApplicationBuilder UseClaimedUser(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address) && context.Request.Query[User] is [{ Length: > 0 } user])
            context.User = new ClaimsPrincipal(new ClaimsIdentity(
                [new Claim(ClaimTypes.NameIdentifier, user), new Claim(Info, context.Request.Query[Info].ToString())], nameof(ClaimedUser)));
        return next(context);
    });
}
