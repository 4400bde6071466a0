namespace PushGateway.Protocol;

/// <summary>Why the server ended a subscription, as the client is told. From 2500 on the client subscribes again by itself.</summary>
internal sealed record UnsubscribeReason(uint Code, string Text)
{
    public static readonly UnsubscribeReason ByServer = new(2000, "server unsubscribe");
    public static readonly UnsubscribeReason InsufficientState = new(2500, "insufficient state");
    public static readonly UnsubscribeReason Expired = new(2501, "subscription expired");
}
