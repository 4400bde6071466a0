namespace PushGateway.Channels;

/// <summary>What a client that comes back gets.</summary>
public enum RecoveryMode
{
    /// <summary>Everything that it missed, in order.</summary>
    Stream,

    /// <summary>The newest publication alone, also when it subscribes for the first time: for channels that carry a state, such as a price.</summary>
    Cache,
}
