namespace PushGateway.Presence;

/// <summary>How the members of a channel count, and who is told of them. One instance for all members of a namespace.</summary>
/// <param name="Announces">Whether joining and leaving are announced.</param>
/// <param name="LeaveDelay">
/// How long a client that is gone stays a member. When the same user comes back within it, the new connection takes the place of the old one and nothing is announced. Zero for not at all;
/// anonymous clients stay, but nobody can come back for them.
/// </param>
/// <param name="User">What is kept of the user whose own channel this is; null for any other channel.</param>
public sealed record MembershipRules(bool Announces, TimeSpan LeaveDelay, UserPresenceRules? User = null);

/// <summary>What is kept of users.</summary>
/// <param name="LastSeenTtl">How long it is known when a user that is offline was last seen.</param>
/// <param name="Announces">Whether those who watch are told of users that come online and go offline.</param>
public sealed record UserPresenceRules(TimeSpan LastSeenTtl, bool Announces);
