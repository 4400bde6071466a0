using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>A membership that counts. It has its place by the id of the connection, which also says where a page ends.</summary>
internal sealed class Member(Guid connection, Membership membership)
{
    /// <summary>By connection.</summary>
    public static readonly IComparer<Member> InOrder = Comparer<Member>.Create(static (one, other) => one.Connection.CompareTo(other.Connection));

    /// <summary>By the time at which a member that is gone is let go.</summary>
    public static readonly IComparer<Member> Soonest = Comparer<Member>.Create(static (one, other) =>
    {
        var order = Nullable.Compare(one.LeavesAt, other.LeavesAt);
        if (order == 0)
            order = InOrder.Compare(one, other);
        return order != 0 ? order : string.CompareOrdinal(one.Membership.Channel, other.Membership.Channel);
    });

    public Guid Connection => connection;

    public Membership Membership => membership;

    /// <summary>A timestamp of the time provider; null for a member whose client is there.</summary>
    public long? LeavesAt { get; set; }
}
