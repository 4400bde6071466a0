using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Redis.Publishing;

/// <summary>One publication on its way to Redis, and how it is to be taken.</summary>
internal readonly record struct PublishRequest(string Channel, Publication Publication, PublishOptions Options)
{
    /// <summary>
    /// Whether the bare command does, since nothing is kept or compared. A lifetime counts from the moment that Redis took the publication, which a bare command does not tell.
    /// </summary>
    public bool IsPlain => Options is { History: null, Idempotency: null, Version: null } && Publication.Lifetime is null;

    /// <summary>How many publications the channel keeps; 0 for none.</summary>
    public long Size => Options.History?.Size ?? 0;

    /// <summary>For how many ms.</summary>
    public long Ttl => Milliseconds(Options.History?.Ttl ?? default);

    /// <summary>For how many ms the channel's position is kept.</summary>
    public long MetaTtl => Milliseconds(Options.History?.MetaTtl ?? PublishOptions.VersionTtl);

    /// <summary>For how many ms the outcome of the idempotency key is remembered.</summary>
    public long KeyTtl => Milliseconds(Options.Idempotency?.Ttl ?? default);

    // Redis takes no zero for a time to live.
    private static long Milliseconds(TimeSpan time) => Math.Max(1, (long)time.TotalMilliseconds);
}
