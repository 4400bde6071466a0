using PushGateway.Security.Revocations;

namespace PushGateway.Cluster;

/// <summary>What this node knows of itself.</summary>
public interface ILocalNode
{
    /// <summary>This node, with its numbers of this moment.</summary>
    NodeInfo Describe();

    /// <summary>The first channels of this node that fit the query, ordered by name (ordinal), at most <see cref="ChannelQuery.Limit"/>.</summary>
    IReadOnlyList<ChannelCount> ListChannels(ChannelQuery query);

    /// <summary>Closes connections that this node has.</summary>
    /// <exception cref="ArgumentException">The order is not one that this node understands.</exception>
    Reached Disconnect(Disconnection order);

    /// <summary>Ends subscriptions of connections that this node has.</summary>
    /// <exception cref="ArgumentException">The order is not one that this node understands.</exception>
    Reached Unsubscribe(Unsubscription order);

    /// <summary>Subscribes connections that this node has; completes when all are, or cannot be. Takes longer than the back end's time-outs only for a client that does not read.</summary>
    /// <exception cref="ArgumentException">The order is not one that this node understands.</exception>
    ValueTask<Reached> SubscribeAsync(ServerSubscription order);

    /// <summary>The revocations that this node knows and that are not over.</summary>
    IReadOnlyList<Revocation> Revocations { get; }

    /// <summary>Remembers a revocation and closes the connections that this node has by what it takes back.</summary>
    /// <exception cref="ArgumentException">The revocation is not one that this node understands.</exception>
    Reached Revoke(Revocation revocation);

    /// <summary>Takes over revocations that the cluster keeps, as if each had been made now. What the node knows already costs nothing.</summary>
    /// <param name="kept">The revocations.</param>
    /// <param name="areAll">Whether the node knows all that were made before now, and can trust tokens from now on.</param>
    /// <exception cref="ArgumentException">A revocation is not one that this node understands.</exception>
    void Learn(IReadOnlyList<Revocation> kept, bool areAll);
}
