using System.Diagnostics.CodeAnalysis;
using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>Members whose clients are gone and may come back. Not for several threads at once.</summary>
internal sealed class LeavingMembers
{
    private readonly SortedSet<Member> _all = new(Member.Soonest);
    private readonly Dictionary<(string Channel, string User), SortedSet<Member>> _ofUsers = [];

    /// <summary>When the first of them is to be let go; null when there is none.</summary>
    public long? Next => _all.Min?.LeavesAt;

    /// <summary>Takes in a member, whose <see cref="Member.LeavesAt"/> is set and stays.</summary>
    public void Add(Member member)
    {
        _all.Add(member);
        if (!MayComeBack(member.Membership))
            return;

        if (!_ofUsers.TryGetValue(KeyOf(member.Membership), out var members))
            _ofUsers.Add(KeyOf(member.Membership), members = new SortedSet<Member>(Member.Soonest));
        members.Add(member);
    }

    public void Remove(Member member)
    {
        _all.Remove(member);
        if (!_ofUsers.TryGetValue(KeyOf(member.Membership), out var members))
            return;

        members.Remove(member);
        if (members.Count == 0)
            _ofUsers.Remove(KeyOf(member.Membership));
    }

    /// <summary>Finds the member whose place a new one takes: of those of its user and channel, the one that went last.</summary>
    public bool TryFindPlace(Membership membership, [NotNullWhen(true)] out Member? member)
    {
        member = _ofUsers.GetValueOrDefault(KeyOf(membership))?.Max;
        return member is not null;
    }

    /// <summary>Finds the first that is to be let go by this time.</summary>
    public bool TryFindDue(long timestamp, [NotNullWhen(true)] out Member? member)
    {
        member = _all.Min is { } first && first.LeavesAt <= timestamp ? first : null;
        return member is not null;
    }

    private static bool MayComeBack(Membership membership) => membership.User.Length > 0;

    private static (string Channel, string User) KeyOf(Membership membership) => (membership.Channel, membership.User);
}
