namespace PushGateway.Redis.Publishing;

/// <summary>What became of a command that was given to a connection.</summary>
internal enum PublishFate : byte
{
    /// <summary>Redis carried it out.</summary>
    Done,

    /// <summary>It certainly had no effect, and may succeed another way: it was never sent, or refused for a reason that lies in this connection or server.</summary>
    NotDone,

    /// <summary>Redis refused it, and would again.</summary>
    Refused,

    /// <summary>It was sent, or may have been, and no answer came.</summary>
    Unknown,
}
