namespace PushGateway.Fanout;

/// <summary>What is special about a subscription.</summary>
[Flags]
internal enum SubscriptionKind : byte
{
    None = 0,

    /// <summary>The server subscribed the client, which then cannot subscribe again by itself.</summary>
    ServerSide = 1,

    /// <summary>The client takes publications as differences from the one before.</summary>
    Delta = 2,

    /// <summary>The client is told who joins and leaves.</summary>
    JoinLeave = 4,

    /// <summary>A back end let the client in: by a token, or by an order.</summary>
    Granted = 8,
}
