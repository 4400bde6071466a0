using PushGateway.Channels;

namespace PushGateway.Cluster;

/// <summary>
/// Subscribes connections of a user to a channel, on whichever nodes they are, by the will of the back end: what clients may do by themselves does not matter. It concerns the connections
/// that there are, and lasts as long as they do.
/// </summary>
/// <param name="User">Whose. Anonymous clients have no user, and cannot be addressed.</param>
/// <param name="Channel">The channel. Not a user's own, and where it names users (<c>room#42,43</c>), one for this user.</param>
/// <param name="Info">What others may know of the user in this channel, as JSON; see <see cref="ClientInfo.ChannelInfo"/>. Null for nothing.</param>
/// <param name="Since">
/// Where the user stands in the history of the channel: what came behind it is delivered, if the history still has all of it. Null to begin with what is published from now on. Without effect
/// where the channel does not recover.
/// </param>
/// <param name="Client">The id of the one connection to subscribe; null for all that the user has.</param>
public sealed record ServerSubscription(string User, string Channel, string? Info = null, StreamPosition? Since = null, string? Client = null);
