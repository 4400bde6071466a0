namespace PushGateway.Redis.PubSub;

/// <summary>Somebody who waits for Redis to confirm.</summary>
internal sealed class Waiter() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
