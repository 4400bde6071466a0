namespace PushGateway.IntegrationTests.Faults;

/// <summary>What a node answered when it was asked who is there.</summary>
/// <param name="About">The channel or, with <paramref name="IsUser"/>, the user.</param>
/// <param name="IsUser">Whether it was asked for a user.</param>
/// <param name="Node">The node.</param>
/// <param name="Asked">When it was asked, since the trial began.</param>
/// <param name="Answered">When its answer was there.</param>
/// <param name="Clients">How many connections it counts.</param>
/// <param name="Users">How many users it counts; of one user, 1 when online.</param>
/// <param name="Members">Whom it lists, connection by user; null where it lists nobody.</param>
internal sealed record PresenceAnswer(
    string About,
    bool IsUser,
    Uri Node,
    TimeSpan Asked,
    TimeSpan Answered,
    long Clients,
    long Users,
    IReadOnlyDictionary<string, string>? Members = null)
{
    public override string ToString() => FormattableString.Invariant($"At {Asked:c} node {Node.Port} on {About}: {Clients} clients, {Users} users:");
}

/// <summary>What a subscriber was told of somebody.</summary>
/// <param name="Observer">The subscriber's session.</param>
/// <param name="Channel">The channel.</param>
/// <param name="IsJoin">A join; else a leave.</param>
/// <param name="Client">Who joined or left.</param>
/// <param name="At">When, since the trial began.</param>
internal sealed record PresenceEvent(PresenceSession Observer, string Channel, bool IsJoin, string Client, TimeSpan At);

/// <summary>A time during which a node, or Redis, was out of order and nothing is certain about those who were connected there.</summary>
/// <param name="Node">The node; null for all.</param>
/// <param name="From">From when on.</param>
/// <param name="To">Until when.</param>
/// <param name="Settled">When all is to be certain again.</param>
internal sealed record PresenceDoubt(Uri? Node, TimeSpan From, TimeSpan To, TimeSpan Settled)
{
    public bool Covers(PresenceSession session, TimeSpan from, TimeSpan to) => IsOn(session.Node) && from <= Settled && to >= From;

    public bool IsOn(Uri node) => Node is null || Node == node;
}
