using PushGateway.Channels;

namespace PushGateway.Brokers;

/// <summary>What became of a publication.</summary>
/// <param name="Position">Its place in the history of the channel; null when the channel keeps none. Of a superseded one: the top of the history.</param>
/// <param name="IsSuperseded">It was not published, since the channel has seen the same version or a higher one.</param>
/// <param name="IsRepeated">It was not published again: this is the outcome of an earlier attempt with the same idempotency key.</param>
public readonly record struct PublishOutcome(StreamPosition? Position, bool IsSuperseded = false, bool IsRepeated = false);
