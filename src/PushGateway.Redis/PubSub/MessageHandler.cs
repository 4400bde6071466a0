namespace PushGateway.Redis.PubSub;

/// <summary>Takes one message on the thread that read it. It returns soon, and the payload is valid during the call alone.</summary>
/// <param name="name">The name of the topic in its space.</param>
/// <param name="payload">A slice of the read buffer.</param>
internal delegate void MessageHandler(string name, ReadOnlyMemory<byte> payload);
