namespace PushGateway.Brokers;

/// <summary>Names one intention to publish to a channel, however often it is tried.</summary>
/// <param name="Key">Chosen by the publisher; any text of at most 255 characters.</param>
/// <param name="Fingerprint">Stands for what is published: 16 bytes of a cryptographic hash.</param>
/// <param name="Ttl">How long the outcome is remembered.</param>
public sealed record IdempotencyKey(string Key, ReadOnlyMemory<byte> Fingerprint, TimeSpan Ttl);
