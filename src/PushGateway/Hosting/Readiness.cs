using PushGateway.Brokers;
using PushGateway.Presence;

namespace PushGateway.Hosting;

/// <summary>Whether a balancer should send clients to this node.</summary>
internal sealed class Readiness(IBroker broker, IPresence presence, NodeState node)
{
    private const string Broker = "broker", Presence = "presence", Node = "node";

    /// <summary>The parts that are asked.</summary>
    public static readonly IReadOnlyList<string> Parts = [Broker, Presence, Node];

    /// <summary>The parts that are not up to their work, each with the reason; null when all are.</summary>
    public IReadOnlyDictionary<string, string>? WhyNot()
    {
        Dictionary<string, string>? reasons = null;
        Add(Broker, broker.WhyNotReady);
        Add(Presence, presence.WhyNotReady);
        Add(Node, node.WhyNotReady);
        return reasons;

        void Add(string part, string? why)
        {
            if (why is not null)
                (reasons ??= [])[part] = why;
        }
    }
}
