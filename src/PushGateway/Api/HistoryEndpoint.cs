using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Notifications;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>Serves <c>GET</c> and <c>DELETE /v1/channels/{channel}/history</c>.</summary>
internal sealed class HistoryEndpoint(IChannelHistory history, ChannelDirectory channels, Audit audit, IOptions<PushGatewayOptions> options)
{
    public const string Route = "/v1/channels/{" + RawPath.Channel + "}/history";

    private readonly int _maxPageSize = options.Value.Api.MaxHistoryPageSize;

    public async Task ReadAsync(HttpContext context)
    {
        if (!RawPath.TryGetChannel(context, channels, out var channel, out var rules, out var problem))
            await problem.WriteAsync(context);
        else if (!HistoryRequest.TryRead(context.Request.Query, _maxPageSize, out var query, out var field, out var why))
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
        if (!RawPath.TryGetChannel(context, channels, out var channel, out _, out var problem))
        {
            await problem.WriteAsync(context);
            return;
        }

        // Not cancelled when the caller hangs up: then nobody would know whether it is gone.
        await history.RemoveAsync(channel, CancellationToken.None);
        audit.HistoryRemoved(ApiCaller.Of(context), channel);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}
