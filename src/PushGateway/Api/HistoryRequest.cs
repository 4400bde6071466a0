using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>The query of <c>GET /v1/channels/{channel}/history</c>.</summary>
internal static class HistoryRequest
{
    private const string SinceOffset = "sinceOffset", Epoch = "epoch", Limit = "limit", Reverse = "reverse";

    /// <summary>Reads a query.</summary>
    /// <param name="parameters">The parameters. Those that are not known are not looked at.</param>
    /// <param name="maxPageSize">The highest limit, which is also the default.</param>
    /// <param name="query">What is asked for.</param>
    /// <param name="field">The parameter at fault.</param>
    /// <param name="why">What is wrong with it, as the end of a sentence that begins with its name.</param>
    public static bool TryRead(
        IQueryCollection parameters,
        int maxPageSize,
        [NotNullWhen(true)] out HistoryQuery? query,
        [NotNullWhen(false)] out string? field,
        [NotNullWhen(false)] out string? why)
    {
        (query, field, why) = (null, null, null);
        string? sinceOffset = parameters[SinceOffset], epoch = parameters[Epoch], limit = parameters[Limit], reverse = parameters[Reverse];
        var (offset, count) = (0UL, maxPageSize);
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count > maxPageSize))
            (field, why) = (Limit, $"must be a number from 0 to {maxPageSize}");
        else if (reverse is not (null or "true" or "false"))
            (field, why) = (Reverse, "must be true or false");
        else if (sinceOffset is not null && (!ulong.TryParse(sinceOffset, NumberStyles.None, CultureInfo.InvariantCulture, out offset) || offset > ChannelHistory.MaxOffset))
            (field, why) = (SinceOffset, $"must be a number from 0 to {ChannelHistory.MaxOffset}");
        else if (sinceOffset is not null && string.IsNullOrEmpty(epoch))
            (field, why) = (Epoch, $"is needed with {SinceOffset}: it says what the offset counts in");
        else if (sinceOffset is null && epoch is not null)
            (field, why) = (SinceOffset, $"is needed with {Epoch}");
        else
            query = new HistoryQuery(count, sinceOffset is null ? null : new StreamPosition(offset, epoch!), reverse is "true");
        return query is not null;
    }
}
