using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using PushGateway.Channels;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>Takes names from the address of a request as it was sent.</summary>
/// <remarks>
/// In the path that is routed all escapes are resolved but %2F, so that "a/b" and "a%2Fb", two names, look the same there. Where the same segment of both does not say the same, the
/// address has steps such as "/../" in it, or a host has rewritten it; then nobody knows which name was meant.
/// </remarks>
internal static class RawPath
{
    /// <summary>How routes call the name of a channel.</summary>
    public const string Channel = "channel";

    /// <summary>How routes call the id of a user.</summary>
    public const string User = "user";

    /// <summary>The channel that the address names, and its rules.</summary>
    /// <param name="context">A request to a route with <see cref="Channel"/>.</param>
    /// <param name="channels">The rules.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="rules">Its rules.</param>
    /// <param name="problem">What to answer when there is none.</param>
    /// <exception cref="RefusedException">The caller may not touch it.</exception>
    public static bool TryGetChannel(
        HttpContext context, ChannelDirectory channels, out string channel, [NotNullWhen(true)] out ChannelRules? rules, [NotNullWhen(false)] out Problem? problem)
    {
        rules = null;
        if (TryGetSegment(context, Channel, out channel, out var why))
            channels.TryGetRules(channel, out rules, out why);
        problem = why is null ? null : Problem.Invalid(Channel, why);
        if (rules is not null && ApiCaller.Of(context) is var caller && !caller.Reaches(channel))
            throw new RefusedException(ApiRefusal.BeyondNamespaces(caller, channel));

        return rules is not null;
    }

    /// <summary>The user that the address names.</summary>
    /// <param name="context">A request to a route with <see cref="User"/>.</param>
    /// <param name="user">The user's id.</param>
    /// <param name="problem">What to answer when there is none.</param>
    public static bool TryGetUser(HttpContext context, out string user, [NotNullWhen(false)] out Problem? problem)
    {
        if (TryGetSegment(context, User, out user, out var why))
            ChannelName.IsUser(user, out why);
        problem = why is null ? null : Problem.Invalid(User, why);
        return problem is null;
    }

    // Counted from the end: in front there may be a host, or a path that the application is mapped to.
    private static bool TryGetSegment(HttpContext context, string parameter, out string name, [NotNullWhen(false)] out string? why)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var query = target.IndexOf('?');
        var path = (query < 0 ? target : target[..query]).TrimEnd('/');
        for (var behind = SegmentsBehind(context, parameter); behind > 0; behind--)
            path = path[..Math.Max(0, path.LastIndexOf('/'))];
        name = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        why = WithSlashes(name) == WithSlashes((string)context.GetRouteValue(parameter)!) ? null : "must be one segment of a plain address";
        return why is null;
    }

    private static int SegmentsBehind(HttpContext context, string parameter)
    {
        var segments = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments;
        var behind = 0;
        while (segments[^(behind + 1)].Parts is not [RoutePatternParameterPart part] || part.Name != parameter)
            behind++;
        return behind;
    }

    private static string WithSlashes(string name) => name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
