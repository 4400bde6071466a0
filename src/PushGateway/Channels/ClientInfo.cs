namespace PushGateway.Channels;

/// <summary>What others may know about a client.</summary>
/// <param name="User">The user's id; empty for an anonymous client.</param>
/// <param name="Client">The id of the connection, unique in the cluster.</param>
public sealed record ClientInfo(string User, string Client)
{
    /// <summary>What the host says of the connection, as JSON on one line; null for nothing.</summary>
    public string? ConnectionInfo { get; init; }

    /// <summary>What was said of the client when it was subscribed to the channel, as JSON on one line; null for nothing.</summary>
    public string? ChannelInfo { get; init; }
}
