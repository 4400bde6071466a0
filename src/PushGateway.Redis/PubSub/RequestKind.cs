namespace PushGateway.Redis.PubSub;

/// <summary>What is asked of Redis on a subscriber connection.</summary>
internal enum RequestKind : byte
{
    Auth,
    SetName,
    Ping,
    Subscribe,
    Unsubscribe,
}
