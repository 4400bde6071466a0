namespace PushGateway.Redis.Publishing;

/// <summary>Times and bounds of publishing.</summary>
/// <param name="CommandTimeout">How long a publisher waits for the answer.</param>
/// <param name="ProbeInterval">Between two questions whether the server lives and is a primary.</param>
/// <param name="ProbeTimeout">A connection that is silent for so long after such a question is given up.</param>
/// <param name="ReconnectMaxDelay">The longest pause between two attempts to connect.</param>
/// <param name="MaxPendingBytes">Bytes of commands that may be without an answer, for each primary.</param>
internal sealed record PublishLimits(
    TimeSpan CommandTimeout,
    TimeSpan ProbeInterval,
    TimeSpan ProbeTimeout,
    TimeSpan ReconnectMaxDelay,
    int MaxPendingBytes);
