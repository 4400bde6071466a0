namespace PushGateway.Redis.PubSub;

/// <summary>How far the parser came.</summary>
internal enum ParseStatus
{
    /// <summary>One whole push was read; the length says how many bytes it took.</summary>
    Complete,

    /// <summary>More bytes are needed; the length says how many the push has at least.</summary>
    Incomplete,

    /// <summary>The payload is longer than allowed; the length says how many bytes to pass over.</summary>
    Oversized,

    /// <summary>This is not the Redis protocol, or not a part of it that belongs on this connection.</summary>
    Broken,
}
