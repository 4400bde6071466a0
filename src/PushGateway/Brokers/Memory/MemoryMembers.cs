using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>Who is in one channel: in order, so that a page is found without looking at those in front of it. Not for several threads at once.</summary>
internal sealed class MemoryMembers(string name)
{
    private readonly SortedSet<Member> _members = new(Member.InOrder);
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>See <see cref="PresencePage.Sequence"/>.</summary>
    public long Sequence { get; set; }

    /// <summary>Whose own channel this is; null when it is nobody's, or nothing is kept of users.</summary>
    public MemoryUser? User { get; set; }

    public bool IsEmpty => _members.Count == 0;

    public PresenceStats Stats => new(_members.Count, _users.Count);

    /// <summary>The member with this connection; null for none.</summary>
    public Member? Find(Guid connection) => _members.TryGetValue(PlaceOf(connection), out var member) ? member : null;

    /// <summary>Takes in a member whose connection is not there.</summary>
    public void Add(Member member)
    {
        _members.Add(member);
        var user = member.Membership.User;
        _users[user] = _users.GetValueOrDefault(user) + 1;
    }

    public void Remove(Member member)
    {
        _members.Remove(member);
        var user = member.Membership.User;
        var left = _users[user] - 1;
        if (left > 0)
            _users[user] = left;
        else
            _users.Remove(user);
    }

    /// <summary>Reads the memberships behind a connection, and one more than the limit where there is one.</summary>
    public List<Membership> Read(Guid? after, int limit)
    {
        var page = new List<Membership>(Math.Min(limit + 1, _members.Count));
        foreach (var member in Behind(after))
        {
            if (member.Connection == after)
                continue;

            page.Add(member.Membership);
            if (page.Count > limit)
                break;
        }

        return page;
    }

    private SortedSet<Member> Behind(Guid? after)
    {
        if (after is not { } from)
            return _members;

        var last = _members.Max;
        return last is null || last.Connection.CompareTo(from) <= 0 ? [] : _members.GetViewBetween(PlaceOf(from), last);
    }

    // Compared with members, and never one itself.
    private static Member PlaceOf(Guid connection) => new(connection, null!);
}
