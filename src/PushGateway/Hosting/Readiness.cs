using PushGateway.Brokers;

namespace PushGateway.Hosting;

/// <summary>Whether a balancer should send clients to this node.</summary>
internal sealed class Readiness(IBroker broker, NodeState node)
{
    /// <summary>The parts that are not up to their work, each with the reason; null when all are.</summary>
    public IReadOnlyDictionary<string, string>? WhyNot()
    {
        var (brokers, nodes) = (broker.WhyNotReady, node.WhyNotReady);
        if (brokers is null && nodes is null)
            return null;

        var reasons = new Dictionary<string, string>();
        if (brokers is not null)
            reasons["broker"] = brokers;
        if (nodes is not null)
            reasons["node"] = nodes;
        return reasons;
    }
}
