using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Fanout;
using PushGateway.Security.Revocations;

namespace PushGateway.Connections;

/// <summary>Carries out revocations on this node: remembers them for tokens that come, and closes the connections that revoked tokens let in.</summary>
internal sealed class RevocationHandler(Hub hub, ConnectionRegistry connections, Revocations revocations)
{
    /// <summary>See <see cref="ILocalNode.Revocations"/>.</summary>
    public IReadOnlyList<Revocation> All => revocations.All;

    /// <summary>See <see cref="ILocalNode.Revoke"/>.</summary>
    public Reached Revoke(Revocation revocation)
    {
        Check(revocation);
        revocations.Add(revocation); // First: a token that comes now either is refused, or its connection is found below.
        return new Reached(revocation.TokenId is null ? CloseOf(revocation.User!) : CloseByTokens());
    }

    /// <summary>See <see cref="ILocalNode.Learn"/>.</summary>
    public void Learn(IReadOnlyList<Revocation> kept, bool areAll)
    {
        var hasTokens = false;
        foreach (var revocation in kept)
        {
            Check(revocation);
            if (!revocations.Add(revocation))
                continue;

            hasTokens |= revocation.TokenId is not null;
            if (revocation.User is { } user)
                CloseOf(user);
        }

        if (hasTokens)
            CloseByTokens();
        if (areAll)
            revocations.BecomeKnown();
    }

    private static void Check(Revocation revocation)
    {
        if (revocation.User is null == revocation.TokenId is null)
            throw new ArgumentException("A revocation is about a user, or about one token.", nameof(revocation));
    }

    // The server subscribes each connection to the user's own channel before anything else, and nobody can leave it.
    private int CloseOf(string user) =>
        hub.SubscribersOf(ChannelName.Personal(user)).Count(subscription => IsRevoked(subscription.Connection) && subscription.Connection.Close(CloseReason.InvalidToken));

    // Ids are not indexed: a dictionary would cost each connection more than the rare look at all costs.
    private int CloseByTokens() => connections.Close(IsRevoked, CloseReason.InvalidToken);

    private bool IsRevoked(Connection connection) =>
        revocations.Revoke(connection.User, connection.Permit?.Stamp) || connection.Subscriptions.AnyPermit(stamp => revocations.Revoke(connection.User, stamp));
}
