using PushGateway.Cluster;

namespace PushGateway.Security.Revocations;

/// <summary>What came of a revocation.</summary>
/// <param name="Revocation">What is revoked, and until when that is kept; times to the millisecond, rounded up.</param>
/// <param name="Reached">How many connections were closed, and which nodes were silent. A silent node reads the revocation by itself, within a second of seeing Redis again.</param>
public sealed record RevocationOutcome(Revocation Revocation, Reached Reached);
