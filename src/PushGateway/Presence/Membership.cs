using PushGateway.Channels;

namespace PushGateway.Presence;

/// <summary>One connection's being in one channel, from joining to leaving. A client that subscribes again begins another.</summary>
/// <param name="channel">The channel.</param>
/// <param name="connection">The id of the connection, unique in the cluster.</param>
/// <param name="user">The user's id; empty for an anonymous client.</param>
/// <param name="rules">How it counts and who is told.</param>
public sealed class Membership(string channel, Guid connection, string user, MembershipRules rules)
{
    /// <summary>The channel.</summary>
    public string Channel { get; } = channel;

    /// <summary>The id of the connection.</summary>
    public Guid Connection { get; } = connection;

    /// <summary>The user's id; empty for an anonymous client.</summary>
    public string User { get; } = user;

    /// <summary>How it counts and who is told.</summary>
    public MembershipRules Rules { get; } = rules;

    /// <summary>See <see cref="ClientInfo.ConnectionInfo"/>.</summary>
    public string? ConnectionInfo { get; init; }

    /// <summary>See <see cref="ClientInfo.ChannelInfo"/>.</summary>
    public string? ChannelInfo { get; init; }

    /// <summary>What others may know of the member.</summary>
    public ClientInfo ToClientInfo() => new(User, Connection.ToString()) { ConnectionInfo = ConnectionInfo, ChannelInfo = ChannelInfo };
}
