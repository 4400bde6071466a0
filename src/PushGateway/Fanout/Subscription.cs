using PushGateway.Connections;
using PushGateway.Transports;

namespace PushGateway.Fanout;

/// <summary>One connection's interest in one channel. Members whose name ends in <c>NeedsLock</c> are guarded by the connection's lock.</summary>
/// <param name="connection">Whose interest.</param>
/// <param name="channel">In what.</param>
/// <param name="kind">What is special about it.</param>
internal sealed class Subscription(Connection connection, LocalChannel channel, SubscriptionKind kind = SubscriptionKind.None)
{
    /// <summary>No slot: not, or no longer, among the subscribers of the channel.</summary>
    public const int NoSlot = -1;

    private List<Held>? _held;
    private int _heldBytes;
    private ulong _offset;
    private bool _isPositioned, _isBroken;

    public Connection Connection { get; } = connection;

    public LocalChannel Channel { get; } = channel;

    public SubscriptionKind Kind { get; } = kind;

    /// <summary>The place among the channel's subscribers. The <see cref="SubscriberSet"/>'s own.</summary>
    public int Slot { get; set; } = NoSlot;

    /// <summary>The sequence of the publication that the next may be a difference from; 0 for none. Touched by whoever delivers.</summary>
    public long DeltaBase { get; set; }

    public SubscriptionState State { get; private set; }

    /// <summary>Keeps a publication until the reply to the subscribe command is written. False when more is held than may wait for one client.</summary>
    public bool TryHoldNeedsLock(in Broadcast broadcast, byte[] frame, int maxBytes)
    {
        if (_heldBytes + (long)frame.Length > maxBytes)
            return false;

        _heldBytes += frame.Length;
        (_held ??= []).Add(new Held(broadcast.Offset, broadcast.Previous, broadcast.ToOutgoing(frame)));
        return true;
    }

    /// <summary>From now on publications are delivered; returns those that were held.</summary>
    /// <param name="position">The offset up to which the reply brings the client; null when it is not to be positioned.</param>
    public IReadOnlyList<Held> GoLiveNeedsLock(ulong? position)
    {
        var held = _held;
        State = SubscriptionState.Live;
        _held = null;
        (_isPositioned, _offset) = (position is not null, position ?? 0);
        return held ?? [];
    }

    /// <summary>Whether a publication is the next for this client.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="previous">The offset of the publication that was delivered on this node before it.</param>
    public Turn TakeTurnNeedsLock(ulong offset, ulong previous)
    {
        if (!_isPositioned || offset == 0)
            return Turn.Deliver;

        if (_isBroken || previous > _offset)
            return Turn.Broken;

        if (offset <= _offset)
            return Turn.Skip;

        _offset = offset;
        return Turn.Deliver;
    }

    /// <summary>What the client has can no longer be continued. False when that does not matter to it, or is known already.</summary>
    public bool TryBreakNeedsLock()
    {
        if (_isBroken || State == SubscriptionState.Left || (State == SubscriptionState.Live && !_isPositioned))
            return false;

        _isBroken = true;
        return State == SubscriptionState.Live;
    }

    /// <summary>Whether it broke while the client was joining.</summary>
    public bool IsBrokenNeedsLock => _isBroken && _isPositioned;

    /// <summary>From now on nothing is delivered.</summary>
    public void LeaveNeedsLock()
    {
        State = SubscriptionState.Left;
        _held = null;
    }

    /// <summary>A publication that waits for the reply to the subscribe command.</summary>
    public readonly record struct Held(ulong Offset, ulong Previous, Outgoing Outgoing);

    /// <summary>What to do with a publication.</summary>
    public enum Turn
    {
        Deliver,

        /// <summary>The client has it.</summary>
        Skip,

        /// <summary>The client lacks what came before it.</summary>
        Broken,
    }
}
