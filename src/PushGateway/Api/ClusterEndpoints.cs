using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;

namespace PushGateway.Api;

/// <summary>Serves <c>GET /v1/nodes</c> and <c>GET /v1/channels</c>.</summary>
internal sealed class ClusterEndpoints(ICluster cluster, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxPageSize = options.Value.Api.MaxPageSize;

    public async Task ServeNodesAsync(HttpContext context) =>
        await Answer.WriteAsync(context, new NodesAnswer(await cluster.GetNodesAsync(context.RequestAborted)), ApiJson.Default.NodesAnswer);

    public async Task ServeChannelsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        string? pattern = query["pattern"], after = query["after"], limit = query["limit"];
        var count = _maxPageSize;
        if (limit is not null && (!int.TryParse(limit, out count) || count < 1 || count > _maxPageSize))
        {
            await Problem.Invalid("limit", $"must be a number from 1 to {_maxPageSize}").WriteAsync(context);
            return;
        }

        if (pattern?.Length > ChannelName.MaxBytes || after?.Length > ChannelName.MaxBytes)
        {
            await Problem.Invalid(pattern?.Length > ChannelName.MaxBytes ? "pattern" : "after", $"is longer than {ChannelName.MaxBytes} bytes").WriteAsync(context);
            return;
        }

        var page = await cluster.GetChannelsAsync(new ChannelQuery(pattern, after, count), context.RequestAborted);
        var next = page.More ? page.Channels[^1].Channel : null;
        await Answer.WriteAsync(
            context, new ChannelsAnswer(page.Channels, next, page.SilentNodes.Count > 0 ? page.SilentNodes : null), ApiJson.Default.ChannelsAnswer);
    }
}
