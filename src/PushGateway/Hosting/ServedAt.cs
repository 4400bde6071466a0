namespace PushGateway.Hosting;

/// <summary>At which port of the node an endpoint is served.</summary>
/// <param name="Management">At the management port alone; otherwise at all others.</param>
internal sealed record ServedAt(bool Management);
