namespace PushGateway.Cluster;

/// <summary>A channel and how many connections are subscribed to it.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Subscribers">Connections subscribed to it.</param>
public readonly record struct ChannelCount(string Channel, int Subscribers);
