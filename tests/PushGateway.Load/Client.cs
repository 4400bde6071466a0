namespace PushGateway.Load;

/// <summary>One connection of the <see cref="Swarm"/>.</summary>
internal sealed class Client(int index)
{
    public int Index { get; } = index;

    public int Socket { get; set; } = -1;

    public ClientState State { get; set; }

    /// <summary>The beginning of a frame whose end has not come; null while there is none.</summary>
    public byte[]? Rest { get; set; }

    /// <summary>What it has seen of its channel.</summary>
    public Order Order;
}

/// <summary>How far a client has come.</summary>
internal enum ClientState : byte
{
    /// <summary>Not begun, or to begin again.</summary>
    Away,
    Connecting,
    ShakingHands,

    /// <summary>The replies to its commands have not come yet.</summary>
    Subscribing,
    Ready,
}
