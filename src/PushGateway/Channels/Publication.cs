using System.Diagnostics;

namespace PushGateway.Channels;

/// <summary>One message of a channel, as it travels from a publisher through a broker to subscribers.</summary>
/// <param name="Data">
/// The payload: one JSON value in UTF-8, free of line breaks between tokens (a line break would split a frame of the JSON protocol).
/// </param>
/// <param name="Tags">Labels that travel beside the payload; null when there are none.</param>
/// <param name="Info">The client that published it; null when a back end did.</param>
/// <param name="Offset">Its place in the channel's history, counted from 1; 0 when the channel keeps none. Set by the broker.</param>
public sealed record Publication(
    ReadOnlyMemory<byte> Data,
    IReadOnlyDictionary<string, string>? Tags = null,
    ClientInfo? Info = null,
    ulong Offset = 0)
{
    /// <summary>Names the life of the history that <see cref="Offset"/> counts in; null when the channel keeps none. Set by the broker.</summary>
    public string? Epoch { get; init; }

    /// <summary>When the broker took it, by the broker's clock, in milliseconds since 1970; 0 when the broker did not say. Set by the broker.</summary>
    public long Time { get; init; }

    /// <summary>How long it is worth delivering, counted from <see cref="Time"/>; null for as long as the history keeps it. In whole milliseconds.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>
    /// When <see cref="Lifetime"/> ends by the clock of this node (<see cref="TimeProvider.GetUtcNow"/>): from then on it is not delivered. Null for never. Set by the broker on
    /// what it delivers.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// When a node took it from its publisher, by the clock of the node that reads this; null when that is not known. Set by the gateway. A broker carries it, and translates it from the clock of
    /// one node to that of the other as well as it can.
    /// </summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>The span in which it was published, where that is recorded; else the default. Set by the gateway. A broker carries it.</summary>
    public ActivityContext Trace { get; init; }

    /// <summary>Names the state that it tells of: a newer publication with the same key makes it worthless to a client that is behind. Null when each counts.</summary>
    public string? CollapseKey { get; init; }
}
