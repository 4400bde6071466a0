using PushGateway.Channels;

namespace PushGateway.Presence;

/// <summary>Which members to read.</summary>
/// <param name="Limit">How many at most, from 0 to <see cref="IPresence.MaxPageSize"/>.</param>
/// <param name="After">What the page before gave as <see cref="PresencePage.Next"/>; null for the first.</param>
public sealed record PresenceQuery(int Limit, string? After = null);

/// <summary>A part of the members of a channel.</summary>
/// <param name="Members">In an order of the back end's own.</param>
/// <param name="Next">Letters, digits, <c>-</c> and <c>_</c>, to pass as <see cref="PresenceQuery.After"/> for the page behind this one; null on the last.</param>
/// <param name="Stats">How many there are in all.</param>
/// <param name="Sequence">The <see cref="PresenceChange.Sequence"/> of the last change that the page knows; 0 where none is announced, or nobody is there.</param>
public sealed record PresencePage(IReadOnlyList<ClientInfo> Members, string? Next, PresenceStats Stats, long Sequence);
