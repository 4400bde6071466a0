namespace PushGateway.Channels;

/// <summary>One message of a channel, as it travels from a publisher through a broker to subscribers.</summary>
/// <param name="Data">
/// The payload: one JSON value in UTF-8, free of line breaks between tokens (a line break would split a frame of the JSON protocol).
/// </param>
/// <param name="Tags">Labels that travel beside the payload; null when there are none.</param>
/// <param name="Info">The client that published it; null when a back end did.</param>
/// <param name="Offset">Its place in the channel's history, counted from 1; 0 when the channel keeps none.</param>
public sealed record Publication(
    ReadOnlyMemory<byte> Data,
    IReadOnlyDictionary<string, string>? Tags = null,
    ClientInfo? Info = null,
    ulong Offset = 0);
