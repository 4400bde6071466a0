using PushGateway.Cluster;

namespace PushGateway.Api;

/// <summary>The answer to <c>GET /v1/nodes</c>.</summary>
internal sealed record NodesAnswer(IReadOnlyList<NodeInfo> Nodes);

/// <summary>The answer to <c>GET /v1/channels</c>.</summary>
/// <param name="Channels">Ordered by name.</param>
/// <param name="Next">What to pass as <c>after</c> for the page behind this one; absent on the last.</param>
/// <param name="SilentNodes">Live nodes that did not answer in time and are not counted; absent when there are none.</param>
internal sealed record ChannelsAnswer(IReadOnlyList<ChannelCount> Channels, string? Next, IReadOnlyList<string>? SilentNodes);

/// <summary>The answer to what is done with connections of a user.</summary>
/// <param name="Connections">How many were reached.</param>
/// <param name="LimitExceeded">How many more have as many subscriptions as they may; absent when there are none.</param>
/// <param name="SilentNodes">Live nodes that did not answer in time; absent when there are none.</param>
internal sealed record ConnectionsAnswer(int Connections, int? LimitExceeded, IReadOnlyList<string>? SilentNodes)
{
    public static ConnectionsAnswer From(Reached reached) =>
        new(reached.Count, reached.LimitExceeded > 0 ? reached.LimitExceeded : null, reached.SilentNodes.Count > 0 ? reached.SilentNodes : null);
}

/// <summary>The answer to <c>DELETE /v1/channels/{channel}/subscribers/{user}</c>.</summary>
/// <param name="Subscriptions">How many were ended.</param>
/// <param name="SilentNodes">Live nodes that did not answer in time; absent when there are none.</param>
internal sealed record SubscriptionsAnswer(int Subscriptions, IReadOnlyList<string>? SilentNodes)
{
    public static SubscriptionsAnswer From(Reached reached) => new(reached.Count, reached.SilentNodes.Count > 0 ? reached.SilentNodes : null);
}
