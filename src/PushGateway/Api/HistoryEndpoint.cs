using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>Serves <c>GET</c> and <c>DELETE /v1/channels/{channel}/history</c>.</summary>
internal sealed class HistoryEndpoint(IChannelHistory history, ChannelDirectory channels, IOptions<PushGatewayOptions> options)
{
    public const string Route = "/v1/channels/{" + Channel + "}/history";

    private const string Channel = "channel";

    private readonly int _maxPageSize = options.Value.Api.MaxHistoryPageSize;

    public async Task ReadAsync(HttpContext context)
    {
        if (!TryGetChannel(context, out var channel, out var rules, out var why))
            await Problem.Invalid(Channel, why).WriteAsync(context);
        else if (!HistoryRequest.TryRead(context.Request.Query, _maxPageSize, out var query, out var field, out why))
            await Problem.Invalid(field, why).WriteAsync(context);
        else if (rules.History is null)
            await Problem.WriteAsync(
                context, StatusCodes.Status409Conflict, ProblemType.HistoryNotKept, "No history is kept of this channel.", "Set a HistorySize for its namespace.");
        else
            await Answer.WriteAsync(
                context, HistoryAnswer.From(channel, query, await history.ReadAsync(channel, query, context.RequestAborted)), ApiJson.Default.HistoryAnswer);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        if (!TryGetChannel(context, out var channel, out _, out var why))
        {
            await Problem.Invalid(Channel, why).WriteAsync(context);
            return;
        }

        // Not cancelled when the caller hangs up: then nobody would know whether it is gone.
        await history.RemoveAsync(channel, CancellationToken.None);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    // Taken from the last but one segment of the address as it was sent. In the path that is routed all escapes are resolved but %2F, so that "a/b" and "a%2Fb", two channels, look
    // the same there. Where both do not name the same segment, the address has steps such as "/../" in it, or a host has rewritten it.
    private bool TryGetChannel(HttpContext context, out string channel, [NotNullWhen(true)] out ChannelRules? rules, [NotNullWhen(false)] out string? why)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var query = target.IndexOf('?');
        var path = (query < 0 ? target : target[..query]).TrimEnd('/');
        var parent = path[..Math.Max(0, path.LastIndexOf('/'))];
        channel = Uri.UnescapeDataString(parent[(parent.LastIndexOf('/') + 1)..]);
        if (WithSlashes(channel) == WithSlashes((string)context.GetRouteValue(Channel)!))
            return channels.TryGetRules(channel, out rules, out why);

        (rules, why) = (null, "must be one segment of a plain address");
        return false;
    }

    private static string WithSlashes(string name) => name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
