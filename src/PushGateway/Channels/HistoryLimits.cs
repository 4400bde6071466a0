namespace PushGateway.Channels;

/// <summary>How much of a channel is kept, and for how long.</summary>
/// <param name="Size">The newest so many publications, at least 1.</param>
/// <param name="Ttl">How long each publication is kept after it was published.</param>
/// <param name="MetaTtl">How long offset and epoch are kept after the last publication; not shorter than <paramref name="Ttl"/>.</param>
public sealed record HistoryLimits(int Size, TimeSpan Ttl, TimeSpan MetaTtl);
