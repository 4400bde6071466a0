namespace PushGateway.Cluster;

/// <summary>What this node knows of itself.</summary>
public interface ILocalNode
{
    /// <summary>This node, with its numbers of this moment.</summary>
    NodeInfo Describe();

    /// <summary>The first channels of this node that fit the query, ordered by name (ordinal), at most <see cref="ChannelQuery.Limit"/>.</summary>
    IReadOnlyList<ChannelCount> ListChannels(ChannelQuery query);
}
