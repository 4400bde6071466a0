using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>What became of a notification on one channel.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Position">Its place in the channel's history; null when the channel keeps none.</param>
/// <param name="Error">Why it was not published; null when it was.</param>
/// <param name="IsSuperseded">It was not published, since the channel has seen its version or a higher one.</param>
/// <param name="IsRepeated">It was not published again: this is what became of it at an earlier attempt with the same idempotency key.</param>
public sealed record NotificationResult(string Channel, StreamPosition? Position = null, Exception? Error = null, bool IsSuperseded = false, bool IsRepeated = false);
