using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using PushGateway.Presence;

namespace PushGateway.Api;

/// <summary>The query of <c>GET /v1/channels/{channel}/presence</c>.</summary>
internal static class PresenceRequest
{
    public const string After = "after";

    private const string Limit = "limit";

    /// <summary>Reads a query. Whether <see cref="After"/> is a cursor is for the back end to say, whose cursors they are.</summary>
    /// <param name="parameters">The parameters. Those that are not known are not looked at.</param>
    /// <param name="maxPageSize">The highest limit, which is also the default.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="problem">What to answer when that cannot be said.</param>
    public static bool TryRead(IQueryCollection parameters, int maxPageSize, [NotNullWhen(true)] out PresenceQuery? query, [NotNullWhen(false)] out Problem? problem)
    {
        string? limit = parameters[Limit];
        var count = maxPageSize;
        problem = limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1 || count > maxPageSize)
            ? Problem.Invalid(Limit, $"must be a number from 1 to {maxPageSize}")
            : null;
        query = problem is null ? new PresenceQuery(count, parameters[After]) : null;
        return query is not null;
    }
}
