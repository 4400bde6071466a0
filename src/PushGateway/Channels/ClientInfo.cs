namespace PushGateway.Channels;

/// <summary>What others may know about a client.</summary>
/// <param name="User">The user's id; empty for an anonymous client.</param>
/// <param name="Client">The id of the connection, unique in the cluster.</param>
public sealed record ClientInfo(string User, string Client);
