namespace PushGateway.Brokers.Memory;

/// <summary>What became of an idempotency key.</summary>
internal sealed class RememberedOutcome(ReadOnlyMemory<byte> fingerprint, PublishOutcome outcome, long dueAt) : IExpiring
{
    private readonly byte[] _fingerprint = fingerprint.ToArray();

    public long DueAt => dueAt;

    public bool Expire(long now) => now >= dueAt;

    /// <summary>The outcome, for whoever publishes the same again.</summary>
    /// <exception cref="IdempotencyConflictException">The key was used for something else.</exception>
    public PublishOutcome ReplayFor(ReadOnlyMemory<byte> fingerprint) =>
        fingerprint.Span.SequenceEqual(_fingerprint) ? outcome with { IsRepeated = true } : throw new IdempotencyConflictException();
}
