namespace PushGateway.Redis.PubSub;

/// <summary>Takes messages of one topic that came one behind the other, on the thread that read them. It returns soon, and the payloads are valid during the call alone.</summary>
/// <param name="name">The name of the topic in its space.</param>
/// <param name="payloads">Slices of the read buffer; at least one.</param>
internal delegate void MessageHandler(string name, ReadOnlySpan<ReadOnlyMemory<byte>> payloads);
