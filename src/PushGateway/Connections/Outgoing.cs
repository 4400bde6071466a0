namespace PushGateway.Connections;

/// <summary>A frame on its way to one client.</summary>
/// <param name="Frame">Its bytes; the same array for all clients of a broadcast.</param>
/// <param name="Replaces">A newer frame with the same name takes the place of this one for as long as this one waits; null when it must go out.</param>
/// <param name="ExpiresAt">From then on it is not written, in UTC ticks; 0 for never.</param>
internal readonly record struct Outgoing(byte[] Frame, string? Replaces = null, long ExpiresAt = 0);
