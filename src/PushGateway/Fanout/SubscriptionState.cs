namespace PushGateway.Fanout;

/// <summary>The life of a subscription.</summary>
internal enum SubscriptionState : byte
{
    /// <summary>The subscribe command is being worked on; publications are held back, since the reply comes first.</summary>
    Joining,

    /// <summary>Publications are delivered.</summary>
    Live,

    /// <summary>Nothing is delivered any more.</summary>
    Left,
}
