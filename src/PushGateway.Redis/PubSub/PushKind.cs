namespace PushGateway.Redis.PubSub;

/// <summary>What Redis sent on a subscriber connection.</summary>
internal enum PushKind : byte
{
    /// <summary>A reply or push that nothing here asked for or needs.</summary>
    Other,

    /// <summary><c>message</c> or <c>smessage</c>.</summary>
    Message,

    /// <summary>Confirms one channel of a SUBSCRIBE or SSUBSCRIBE.</summary>
    Subscribed,

    /// <summary>Confirms one channel of an UNSUBSCRIBE or SUNSUBSCRIBE.</summary>
    Unsubscribed,

    /// <summary>The answer to a PING, in either of its two forms.</summary>
    Pong,

    /// <summary>A simple string such as <c>+OK</c>.</summary>
    Ok,

    /// <summary>An error reply; its text is in <see cref="Push.Topic"/>.</summary>
    Error,
}
