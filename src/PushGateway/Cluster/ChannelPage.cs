namespace PushGateway.Cluster;

/// <summary>A part of the list of channels.</summary>
/// <param name="Channels">Ordered by name (ordinal).</param>
/// <param name="More">Whether channels follow after the last one listed.</param>
/// <param name="SilentNodes">Live nodes that did not answer in time, so that their subscribers are not counted; empty as a rule.</param>
public sealed record ChannelPage(IReadOnlyList<ChannelCount> Channels, bool More, IReadOnlyList<string> SilentNodes);
