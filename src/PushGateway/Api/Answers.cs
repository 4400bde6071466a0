using PushGateway.Cluster;
using PushGateway.Notifications;

namespace PushGateway.Api;

/// <summary>The answer to <c>POST /v1/notifications</c>.</summary>
internal sealed record PublishAnswer(IReadOnlyList<PublishAnswer.Item> Results)
{
    public static PublishAnswer From(IReadOnlyList<NotificationResult> results)
    {
        var items = new Item[results.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var result = results[i];
            items[i] = new Item(result.Channel, result.Position?.Offset, result.Position?.Epoch, result.Error is null ? null : Problem.BrokerUnavailable());
        }

        return new PublishAnswer(items);
    }

    public sealed record Item(string Channel, ulong? Offset, string? Epoch, Problem? Error);
}

/// <summary>The answer to <c>GET /v1/nodes</c>.</summary>
internal sealed record NodesAnswer(IReadOnlyList<NodeInfo> Nodes);

/// <summary>The answer to <c>GET /v1/channels</c>.</summary>
/// <param name="Channels">Ordered by name.</param>
/// <param name="Next">What to pass as <c>after</c> for the page behind this one; absent on the last.</param>
/// <param name="SilentNodes">Live nodes that did not answer in time and are not counted; absent when there are none.</param>
internal sealed record ChannelsAnswer(IReadOnlyList<ChannelCount> Channels, string? Next, IReadOnlyList<string>? SilentNodes);
