namespace PushGateway.Cluster;

/// <summary>Ends subscriptions of a user to a channel, whoever made them, on whichever nodes they are. The clients do not subscribe again by themselves.</summary>
/// <param name="User">Whose. Anonymous clients have no user, and cannot be addressed.</param>
/// <param name="Channel">The channel. Not a user's own: that subscription lasts as long as its connection.</param>
/// <param name="Client">The id of the one connection to unsubscribe; null for all that the user has.</param>
public sealed record Unsubscription(string User, string Channel, string? Client = null);
