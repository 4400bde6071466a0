namespace PushGateway.Cluster;

/// <summary>Makes one page of the cluster from the first channels of each node.</summary>
public static class ChannelPages
{
    /// <summary>
    /// Adds up what nodes listed. Exact when each node gave its first <c>limit + 1</c> channels: no name on the page can then be missing from a node's part.
    /// </summary>
    /// <param name="parts">What each node listed, by the same query.</param>
    /// <param name="limit">How many channels the page holds at most.</param>
    /// <param name="silentNodes">Nodes that did not answer.</param>
    public static ChannelPage Merge(IEnumerable<IReadOnlyList<ChannelCount>> parts, int limit, IReadOnlyList<string> silentNodes)
    {
        var sums = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in parts)
            foreach (var (channel, subscribers) in part)
                sums[channel] = sums.GetValueOrDefault(channel) + subscribers;

        var page = sums.Take(limit).Select(sum => new ChannelCount(sum.Key, sum.Value)).ToArray();
        return new ChannelPage(page, sums.Count > limit, silentNodes);
    }
}
