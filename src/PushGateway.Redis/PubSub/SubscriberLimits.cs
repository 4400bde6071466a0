namespace PushGateway.Redis.PubSub;

/// <summary>Times and bounds of a subscriber.</summary>
/// <param name="CommandTimeout">How long a caller waits for a confirmation, a reconnection included.</param>
/// <param name="ProbeInterval">Between two PINGs.</param>
/// <param name="ProbeTimeout">A connection that is silent for so long after a PING is given up.</param>
/// <param name="ReconnectMaxDelay">The longest pause between two attempts to connect.</param>
/// <param name="MaxMessageBytes">Longer messages are passed over.</param>
/// <param name="MaxPendingRequests">Requests that may wait to be sent.</param>
internal sealed record SubscriberLimits(
    TimeSpan CommandTimeout,
    TimeSpan ProbeInterval,
    TimeSpan ProbeTimeout,
    TimeSpan ReconnectMaxDelay,
    int MaxMessageBytes,
    int MaxPendingRequests);
