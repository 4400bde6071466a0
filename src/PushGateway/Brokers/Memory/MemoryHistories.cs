using PushGateway.Channels;

namespace PushGateway.Brokers.Memory;

/// <summary>What a node that stands alone keeps of all channels. Not for several threads at once.</summary>
internal sealed class MemoryHistories(TimeProvider time)
{
    // Each takes a few hundred bytes without its publications. Far above what one process serves; over it a history ends, which its subscribers are told by its epoch.
    private const int MaxChannels = 1_000_000;

    // Some 200 MB. At the default of 5 minutes, 3,300 publications a second with a key each.
    private const int MaxIdempotencyKeys = 1_000_000;

    private readonly ExpiringMap<string, MemoryHistory> _channels = new(MaxChannels);
    private readonly ExpiringMap<(string Channel, string Key), RememberedOutcome> _outcomes = new(MaxIdempotencyKeys);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Takes a publication, or finds why not.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="publication">Its memory stays with the history.</param>
    /// <param name="options">How to take it.</param>
    /// <param name="published">As it is to be delivered; null when it is not.</param>
    /// <exception cref="IdempotencyConflictException">The key was used for something else.</exception>
    public PublishOutcome Publish(string channel, Publication publication, PublishOptions options, out Publication? published)
    {
        var now = Now;
        published = null;
        if (options.Idempotency is { } key && _outcomes.Find((channel, key.Key), now) is { } known)
            return known.ReplayFor(key.Fingerprint);

        var outcome = Take(channel, publication with { Offset = 0, Epoch = null, Time = now, ExpiresAt = EndOf(publication, now) }, options, now, out published);
        if (options.Idempotency is { } used)
            _outcomes.Add((channel, used.Key), new RememberedOutcome(used.Fingerprint, outcome, now + (long)used.Ttl.TotalMilliseconds), now);
        return outcome;
    }

    /// <summary>See <see cref="IBroker.ReadHistoryAsync"/>.</summary>
    public HistoryPage Read(string channel, HistoryQuery query, HistoryLimits limits)
    {
        var now = Now;
        var history = FindOrAdd(channel, now, limits.MetaTtl);
        if (history.Position is null)
            history.KeepUntil(now + (long)limits.MetaTtl.TotalMilliseconds);
        return history.Read(query, limits, now);
    }

    /// <summary>See <see cref="IBroker.RemoveHistoryAsync"/>.</summary>
    public void Remove(string channel) => _channels.Remove(channel);

    /// <summary>See <see cref="IBroker.RenewEpochAsync"/>.</summary>
    public void Renew(string channel, string epoch) => _channels.Find(channel, Now)?.Renew(epoch);

    /// <summary>See <see cref="IBroker.GetPositionsAsync"/>.</summary>
    public StreamPosition? PositionOf(string channel) => _channels.Find(channel, Now)?.Position;

    private PublishOutcome Take(string channel, Publication publication, PublishOptions options, long now, out Publication? published)
    {
        published = publication;
        if (options is { History: null, Version: null })
            return default;

        var keep = options.History?.MetaTtl ?? PublishOptions.VersionTtl;
        var history = FindOrAdd(channel, now, keep);
        if (options.Version is { } version && history.Version >= version)
        {
            published = null;
            return new PublishOutcome(options.History is null ? null : history.Begin(), IsSuperseded: true);
        }

        if (options.History is { } limits)
            published = history.Append(publication, limits, now);
        if (options.Version is not null)
        {
            history.Version = options.Version;
            history.KeepUntil(now + (long)keep.TotalMilliseconds);
        }

        return new PublishOutcome(options.History is null ? null : history.Position);
    }

    private MemoryHistory FindOrAdd(string channel, long now, TimeSpan keep)
    {
        if (_channels.Find(channel, now) is { } history)
            return history;
        history = new MemoryHistory(now + (long)keep.TotalMilliseconds);
        _channels.Add(channel, history, now);
        return history;
    }

    private static DateTimeOffset? EndOf(Publication publication, long now) =>
        publication.Lifetime is { } lifetime ? DateTimeOffset.FromUnixTimeMilliseconds(now) + lifetime : null;
}
