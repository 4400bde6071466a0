using PushGateway.Channels;

namespace PushGateway.Brokers;

/// <summary>How a publication is to be taken.</summary>
/// <param name="History">What is kept of the channel; null for nothing, then the publication has no offset.</param>
/// <param name="Idempotency">Makes publishing twice safe; null when the publisher did not ask for it.</param>
/// <param name="Version">
/// The version of the state that the publication tells of, at most 2^53 - 1; null for none. One that is not higher than a version the channel has seen is not published. What was seen is
/// forgotten together with the channel's position, after <see cref="HistoryLimits.MetaTtl"/> without a publication (without a history: after <see cref="VersionTtl"/>).
/// </param>
public sealed record PublishOptions(HistoryLimits? History = null, IdempotencyKey? Idempotency = null, ulong? Version = null)
{
    /// <summary>Nothing kept, nothing compared.</summary>
    public static readonly PublishOptions Default = new();

    /// <summary>How long the version of a channel without a history is remembered. A day outlives any retry and any restart of a publisher.</summary>
    public static readonly TimeSpan VersionTtl = TimeSpan.FromDays(1);

    /// <summary>The highest version: Redis' scripts count in doubles, and so does JavaScript.</summary>
    public const ulong MaxVersion = (1UL << 53) - 1;
}
