using System.Collections.Concurrent;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Fanout;
using PushGateway.Security.Revocations;

namespace PushGateway.Connections;

/// <summary>Carries out revocations on this node: remembers them for tokens that come, and closes the connections that revoked tokens let in.</summary>
internal sealed class RevocationHandler(Hub hub, ConnectionRegistry connections, Revocations revocations)
{
    // An order that takes longer has its sender told that the node is silent: the reply time-out is a second as a rule.
    private static readonly TimeSpan OrderDelay = TimeSpan.FromSeconds(5);

    // Far more than come in that time, at some 100 bytes each.
    private const int MaxRead = 1000;

    // What the reading of a revocation closed. Its order is on its way at the same time, and has to tell of it when it comes second.
    private readonly ConcurrentDictionary<(string? User, string? TokenId), (int Closed, long At)> _read = new();

    /// <summary>See <see cref="ILocalNode.Revocations"/>.</summary>
    public IReadOnlyList<Revocation> All => revocations.All;

    /// <summary>See <see cref="ILocalNode.Revoke"/>.</summary>
    public Reached Revoke(Revocation revocation)
    {
        Check(revocation);
        revocations.Add(revocation); // First: a token that comes now either is refused, or its connection is found below.
        var closed = revocation.TokenId is null ? CloseOf(revocation.User!) : CloseByTokens();
        if (_read.TryRemove((revocation.User, revocation.TokenId), out var before) && connections.Time.GetElapsedTime(before.At) < OrderDelay)
            closed += before.Closed;
        return new Reached(closed);
    }

    /// <summary>See <see cref="ILocalNode.Learn"/>.</summary>
    public void Learn(IReadOnlyList<Revocation> kept, bool areAll)
    {
        // All connections are looked at once, however many tokens there are.
        Revocation? token = null;
        foreach (var revocation in kept)
        {
            Check(revocation);
            if (!revocations.Add(revocation))
                continue;

            if (revocation.User is { } user)
                NoteRead(revocation, CloseOf(user));
            else
                token = revocation;
        }

        if (token is not null)
            NoteRead(token, CloseByTokens());
        if (areAll)
            revocations.BecomeKnown();
    }

    private void NoteRead(Revocation revocation, int closed)
    {
        if (closed == 0)
            return;

        if (_read.Count >= MaxRead)
            _read.Clear(); // They are late for their orders, or nobody has ordered them: a node that was cut off reads many at once.
        _read[(revocation.User, revocation.TokenId)] = (closed, connections.Time.GetTimestamp());
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
