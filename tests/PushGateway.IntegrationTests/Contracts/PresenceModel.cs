using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What presence has to answer, as simply as it can be kept: a list that is told of each thing that happens.</summary>
internal sealed class PresenceModel
{
    private readonly HashSet<string> _seen = [];
    private int _gone;

    public List<ModelMember> Members { get; } = [];

    /// <summary>Whether a user's own channel ever had a member.</summary>
    public bool WasSeen(string channel) => _seen.Contains(channel);

    public IEnumerable<Membership> In(string channel) => Members.Where(member => member.Membership.Channel == channel).Select(member => member.Membership);

    public void Join(Membership membership, int place)
    {
        Members.RemoveAll(member => member.Membership.Channel == membership.Channel && member.Membership.Connection == membership.Connection);
        if (LastGone(membership.Channel, membership.User) is { } replaced)
            Members.Remove(replaced);
        Members.Add(new ModelMember(membership, place));
        _seen.Add(membership.Channel);
    }

    public void Leave(ModelMember member, bool mayReturn, DateTimeOffset now = default)
    {
        if (mayReturn && member.Membership.Rules.LeaveDelay > TimeSpan.Zero)
            (member.Gone, member.LeavesAt) = (++_gone, now + member.Membership.Rules.LeaveDelay);
        else
            Members.Remove(member);
    }

    /// <summary>The member whose place a user takes that comes back; null for none.</summary>
    public ModelMember? LastGone(string channel, string user) => user.Length == 0
        ? null
        : Members.Where(member => member.IsGone && member.Membership.Channel == channel && member.Membership.User == user).MaxBy(member => member.Gone);

    /// <summary>Those who stayed away for too long leave.</summary>
    public void Expire(DateTimeOffset now) => Members.RemoveAll(member => member.IsGone && member.LeavesAt <= now);

    /// <summary>A node ends, in whichever way.</summary>
    public void End(int place) => Members.RemoveAll(member => member.Place == place);

    /// <summary>
    /// A node that was taken for dead comes back: nobody is waited for any more, and those who are there join again, which is a return where somebody waits for their user elsewhere.
    /// </summary>
    public void Restore(int place)
    {
        Members.RemoveAll(member => member.Place == place && member.IsGone);
        foreach (var member in Members.Where(member => member.Place == place).ToArray())
            if (LastGone(member.Membership.Channel, member.Membership.User) is { } replaced)
                Members.Remove(replaced);
    }
}

/// <summary>A member, the place of its node, and when it went, as a number that rises: 0 while it is there.</summary>
internal sealed record ModelMember(Membership Membership, int Place)
{
    public int Gone { get; set; }

    public DateTimeOffset LeavesAt { get; set; }

    public bool IsGone => Gone > 0;
}
