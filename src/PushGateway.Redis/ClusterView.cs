using System.Globalization;
using System.Net;
using PushGateway.Redis.PubSub;
using StackExchange.Redis;

namespace PushGateway.Redis;

/// <summary>What one node of a Redis Cluster says of all nodes: the answer to CLUSTER NODES.</summary>
/// <param name="Topology">Which primary has which slot.</param>
/// <param name="Epoch">The highest epoch that the node has heard of. Each failover and each move of a slot has a higher one than those before.</param>
internal sealed record ClusterView(Topology Topology, long Epoch)
{
    /// <param name="nodes">One line for each node: id, address, flags, primary, ping, pong, epoch, link, and the slots of a primary.</param>
    /// <param name="asked">Where the answer came from; a node may not know its own address.</param>
    public static ClusterView Parse(string nodes, EndPoint asked)
    {
        var epoch = 0L;
        var ranges = new List<(EndPoint, int, int)>();
        foreach (var line in nodes.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = line.Split(' ');
            if (fields.Length < 8 || !long.TryParse(fields[6], CultureInfo.InvariantCulture, out var epochOfNode))
                throw new FormatException("The answer to CLUSTER NODES is not what it should be.");
            epoch = Math.Max(epoch, epochOfNode);
            var address = fields[1].Split('@')[0];
            var endPoint = address.StartsWith(':') ? asked : EndPointCollection.TryParse(address);
            foreach (var slots in fields[8..])
                if (endPoint is not null && TryParseRange(slots, out var from, out var to))
                    ranges.Add((endPoint, from, to));
        }

        return new ClusterView(Topology.Cluster(ranges), epoch);
    }

    /// <summary>Reads <c>5461-10922</c> or <c>5461</c>. What is in brackets is on its way, and counts once it has arrived.</summary>
    private static bool TryParseRange(string slots, out int from, out int to)
    {
        var dash = slots.IndexOf('-', StringComparison.Ordinal);
        to = 0;
        return int.TryParse(dash < 0 ? slots : slots.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out from)
            && int.TryParse(dash < 0 ? slots : slots.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out to)
            && from <= to && to < HashSlot.Count;
    }
}
