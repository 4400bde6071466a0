namespace PushGateway.Cluster;

/// <summary>Which channels to list.</summary>
/// <param name="Pattern">A name in which <c>*</c> stands for any characters and <c>?</c> for one; null for all.</param>
/// <param name="After">Only names that come after this one (ordinal order); null to start at the first.</param>
/// <param name="Limit">How many at most.</param>
public sealed record ChannelQuery(string? Pattern, string? After, int Limit);
