using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Security.Revocations;

namespace PushGateway.Hosting;

/// <summary>Whether a balancer should send clients to this node.</summary>
internal sealed class Readiness(IBroker broker, IPresence presence, Revocations revocations, NodeState node)
{
    private const string Broker = "broker", Presence = "presence", RevokedTokens = "revocations", Node = "node";
    private const string Unread = "The revocations of tokens have not been read yet: no client with a token is let in.";

    /// <summary>The parts that are asked.</summary>
    public static readonly IReadOnlyList<string> Parts = [Broker, Presence, RevokedTokens, Node];

    /// <summary>The parts that are not up to their work, each with the reason; null when all are.</summary>
    public IReadOnlyDictionary<string, string>? WhyNot()
    {
        Dictionary<string, string>? reasons = null;
        Add(Broker, broker.WhyNotReady);
        Add(Presence, presence.WhyNotReady);
        Add(RevokedTokens, revocations.AreKnown ? null : Unread);
        Add(Node, node.WhyNotReady);
        return reasons;

        void Add(string part, string? why)
        {
            if (why is not null)
                (reasons ??= [])[part] = why;
        }
    }
}
