using PushGateway.Connections;

namespace PushGateway.Fanout;

/// <summary>One connection's interest in one channel. Members whose name ends in <c>NeedsLock</c> are guarded by the connection's lock.</summary>
internal sealed class Subscription(Connection connection, LocalChannel channel)
{
    /// <summary>No slot: not, or no longer, among the subscribers of the channel.</summary>
    public const int NoSlot = -1;

    private List<byte[]>? _held;
    private int _heldBytes;

    public Connection Connection { get; } = connection;

    public LocalChannel Channel { get; } = channel;

    /// <summary>The place among the channel's subscribers. The <see cref="SubscriberSet"/>'s own.</summary>
    public int Slot { get; set; } = NoSlot;

    /// <summary>Guarded by the connection's lock.</summary>
    public SubscriptionState State { get; private set; }

    /// <summary>Keeps a publication until the reply to the subscribe command is written. False when more is held than may wait for one client.</summary>
    public bool TryHoldNeedsLock(byte[] frame, int maxBytes)
    {
        if (_heldBytes + (long)frame.Length > maxBytes)
            return false;

        _heldBytes += frame.Length;
        (_held ??= []).Add(frame);
        return true;
    }

    /// <summary>From now on publications are delivered; returns those that were held.</summary>
    public IReadOnlyList<byte[]> GoLiveNeedsLock()
    {
        var held = _held;
        State = SubscriptionState.Live;
        _held = null;
        return held ?? [];
    }

    /// <summary>From now on nothing is delivered.</summary>
    public void LeaveNeedsLock()
    {
        State = SubscriptionState.Left;
        _held = null;
    }
}
