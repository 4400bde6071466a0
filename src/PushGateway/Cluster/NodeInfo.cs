namespace PushGateway.Cluster;

/// <summary>One live node.</summary>
/// <param name="Id">Unique in the cluster and new at every start.</param>
/// <param name="Address">Where the node serves, as other machines may reach it, when that is known.</param>
/// <param name="Version">The version of the gateway it runs.</param>
/// <param name="UptimeSeconds">Seconds since it started.</param>
/// <param name="Connections">Clients connected to it.</param>
/// <param name="Channels">Channels it is subscribed to at the broker, those included whose last subscriber left a moment ago.</param>
public sealed record NodeInfo(string Id, string? Address, string Version, long UptimeSeconds, int Connections, int Channels);
