namespace PushGateway.Security.Authorization;

/// <summary>What a client wants.</summary>
/// <param name="Operation">To do what.</param>
/// <param name="Channel">Where. Its name is well-formed, its namespace is configured, and where it is for named users, the client's is among them.</param>
/// <param name="User">The client's user; empty for an anonymous client.</param>
/// <param name="Client">The id of its connection.</param>
public sealed record ChannelRequest(ChannelOperation Operation, string Channel, string User, string Client)
{
    /// <summary>What others may know of the connection, as JSON; null for nothing.</summary>
    public string? ConnectionInfo { get; init; }

    /// <summary>What the connection token, or the callback for connecting, gave for back ends alone (<c>meta</c>), as JSON; null for nothing.</summary>
    public string? Meta { get; init; }

    /// <summary>What it wants to publish, or what it says to whoever decides whether it may subscribe: one JSON value. Empty for nothing.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }
}
