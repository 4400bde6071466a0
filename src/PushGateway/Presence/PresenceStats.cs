namespace PushGateway.Presence;

/// <summary>How many are in a channel.</summary>
/// <param name="Clients">Connections.</param>
/// <param name="Users">Distinct user ids among them. The empty id of anonymous clients counts as one, as it does for Centrifuge servers.</param>
public readonly record struct PresenceStats(long Clients, long Users);
