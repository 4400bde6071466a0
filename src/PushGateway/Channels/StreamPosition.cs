namespace PushGateway.Channels;

/// <summary>A place in the history of a channel.</summary>
/// <param name="Offset">The number of the publication, counted from 1.</param>
/// <param name="Epoch">Names one life of the history: another epoch means that offsets started anew.</param>
public readonly record struct StreamPosition(ulong Offset, string Epoch);
