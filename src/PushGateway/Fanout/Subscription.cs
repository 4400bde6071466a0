using PushGateway.Connections;
using PushGateway.Presence;
using PushGateway.Security.Tokens;
using PushGateway.Transports;

namespace PushGateway.Fanout;

/// <summary>One connection's interest in one channel. Members whose name ends in <c>NeedsLock</c> are guarded by the connection's lock.</summary>
/// <param name="connection">Whose interest.</param>
/// <param name="channel">In what.</param>
/// <param name="kind">What is special about it.</param>
/// <param name="membership">Its part in the channel's presence; null where members are not kept.</param>
/// <param name="permit">What let the client into the channel; null where that was its being who it is.</param>
internal sealed class Subscription(
    Connection connection, LocalChannel channel, SubscriptionKind kind = SubscriptionKind.None, Membership? membership = null, Permit? permit = null)
{
    /// <summary>No slot: not, or no longer, among the subscribers of the channel.</summary>
    public const int NoSlot = -1;

    private List<Held>? _held;
    private int _heldBytes;
    private ulong _offset;
    private bool _isPositioned, _isBroken;
    private bool _isMember, _wasLet; // Guarded by the membership.

    public Connection Connection { get; } = connection;

    public LocalChannel Channel { get; } = channel;

    public SubscriptionKind Kind { get; } = kind;

    public Membership? Membership { get; } = membership;

    public Permit? Permit { get; } = permit;

    /// <summary>The place among the channel's subscribers. The <see cref="SubscriberSet"/>'s own.</summary>
    public int Slot { get; set; } = NoSlot;

    /// <summary>The sequence of the publication that the next may be a difference from; 0 for none. Touched by whoever delivers.</summary>
    public long DeltaBase { get; private set; }

    public SubscriptionState State { get; private set; }

    /// <summary>Takes publications that come live: puts them into the client's outbox, or keeps them until the reply to the subscribe command is written.</summary>
    /// <param name="run">The publications.</param>
    /// <param name="outbox">The client's.</param>
    /// <param name="maxHeldBytes">How much may be kept.</param>
    /// <param name="delivered">How many were handed over.</param>
    /// <returns>Null, or why the client cannot go on.</returns>
    public CloseReason? TakeNeedsLock(BroadcastRun run, Outbox outbox, int maxHeldBytes, out int delivered)
    {
        delivered = 0;
        if (outbox.IsClosedNeedsLock)
            return null;

        if (run.IsJoined && State == SubscriptionState.Live && (Kind & SubscriptionKind.Delta) == 0 && TryFollowNeedsLock(run))
        {
            if (!outbox.TryAddNeedsLock(run.JoinedFor(Connection.Format)))
                return CloseReason.Slow;

            delivered = run.Broadcasts.Length;
            return null;
        }

        foreach (ref readonly var broadcast in run.Broadcasts)
            if (TakeNeedsLock(broadcast, outbox, maxHeldBytes, ref delivered) is { } end)
                return end;

        return null;
    }

    /// <summary>Takes a publication that comes live: puts it into the client's outbox, or keeps it until the reply to the subscribe command is written.</summary>
    private CloseReason? TakeNeedsLock(in Broadcast broadcast, Outbox outbox, int maxHeldBytes, ref int delivered)
    {
        if (State == SubscriptionState.Left)
            return null;

        var frame = (Kind & SubscriptionKind.Delta) != 0 ? broadcast.DeltaFrameFor(Connection.Format, DeltaBase) : broadcast.FrameFor(Connection.Format);
        switch (State)
        {
            case SubscriptionState.Live:
                DeltaBase = broadcast.BaseOfNext;
                return DeliverNeedsLock(broadcast.Offset, broadcast.Previous, broadcast.ToOutgoing(frame), outbox, ref delivered);

            case SubscriptionState.Joining:
                if (_heldBytes + (long)frame.Length > maxHeldBytes)
                    return CloseReason.Slow;

                _heldBytes += frame.Length;
                (_held ??= []).Add(new Held(broadcast.Offset, broadcast.Previous, broadcast.ToOutgoing(frame), IsPublication: true));
                return null;

            default:
                return null;
        }
    }

    /// <summary>Takes something that is no publication: as above.</summary>
    public CloseReason? TakeNeedsLock(byte[] frame, Outbox outbox, int maxHeldBytes)
    {
        switch (State)
        {
            case SubscriptionState.Live:
                return outbox.TryAddNeedsLock(frame) ? null : CloseReason.Slow;

            case SubscriptionState.Joining:
                if (_heldBytes + (long)frame.Length > maxHeldBytes)
                    return CloseReason.Slow;

                _heldBytes += frame.Length;
                (_held ??= []).Add(new Held(0, 0, new Outgoing(frame)));
                return null;

            default:
                return null;
        }
    }

    /// <summary>From now on publications are delivered, those that were kept first.</summary>
    /// <param name="position">The offset up to which the reply brings the client; null when positions do not matter to it.</param>
    /// <param name="outbox">The client's, which has the reply.</param>
    /// <returns>Null, or why the client cannot go on.</returns>
    public CloseReason? GoLiveNeedsLock(ulong? position, Outbox outbox)
    {
        var held = _held;
        State = SubscriptionState.Live;
        Permit?.BeginNeedsLock(this);
        _held = null;
        (_isPositioned, _offset) = (position is not null, position ?? 0);
        if (held is not null && DeliverNeedsLock(held, outbox) is { } end)
            return end;

        return _isPositioned && _isBroken ? CloseReason.InsufficientState : null;
    }

    /// <summary>What the client has can no longer be continued. False when that does not matter to it, is known already, or is for <see cref="GoLiveNeedsLock"/> to say.</summary>
    public bool TryBreakNeedsLock()
    {
        if (_isBroken || State == SubscriptionState.Left || (State == SubscriptionState.Live && !_isPositioned))
            return false;

        _isBroken = true;
        return State == SubscriptionState.Live;
    }

    /// <summary>Becomes a member of the channel, where members are kept. False when the subscription has ended meanwhile.</summary>
    /// <exception cref="Brokers.BrokerUnavailableException">Nobody knows whether it is one.</exception>
    public async ValueTask<bool> TryEnterAsync(IPresence presence)
    {
        if (Membership is null)
            return true;

        ValueTask joining;
        lock (Membership)
        {
            if (_wasLet)
                return false;

            _isMember = true;
            joining = presence.JoinAsync(Membership, CancellationToken.None);
        }

        await joining;
        return true;
    }

    /// <summary>Is a member no longer.</summary>
    public void Exit(IPresence presence, bool mayReturn)
    {
        if (Membership is null)
            return;

        lock (Membership)
        {
            if (_isMember && !_wasLet)
                _ = presence.LeaveAsync(Membership, mayReturn);
            _wasLet = true;
        }
    }

    /// <summary>From now on nothing is delivered.</summary>
    public void LeaveNeedsLock()
    {
        State = SubscriptionState.Left;
        Permit?.EndNeedsLock();
        _held = null;
    }

    /// <summary>Goes on by another token. False when it has ended, or was not let in by one.</summary>
    public bool TryRenewNeedsLock(TokenStamp stamp, DateTimeOffset? expiresAt)
    {
        if (Permit is null || State != SubscriptionState.Live)
            return false;

        Permit.RenewNeedsLock(stamp, expiresAt);
        return true;
    }

    // Within a run each follows on the one before it.
    private bool TryFollowNeedsLock(BroadcastRun run)
    {
        if (!_isPositioned || run.First == 0)
            return true;

        if (_isBroken || run.Previous > _offset || run.First <= _offset)
            return false;

        _offset = run.Last;
        return true;
    }

    // What was held back may be no publication, too: then it has no number, and who counts deliveries does not count it.
    private CloseReason? DeliverNeedsLock(List<Held> held, Outbox outbox)
    {
        CloseReason? end = null;
        var delivered = 0;
        foreach (var (offset, previous, outgoing, isPublication) in held)
        {
            var count = 0;
            end = DeliverNeedsLock(offset, previous, outgoing, outbox, ref count);
            delivered += isPublication ? count : 0;
            if (end is not null)
                break;
        }

        if (delivered > 0)
            Channel.Meters.DeliveredLate(Channel.Rules, delivered);
        return end;
    }

    private CloseReason? DeliverNeedsLock(ulong offset, ulong previous, in Outgoing outgoing, Outbox outbox, ref int delivered)
    {
        if (_isPositioned && offset > 0)
        {
            if (_isBroken || previous > _offset)
                return CloseReason.InsufficientState; // It lacks what came before.

            if (offset <= _offset)
            {
                // The reply brought the client beyond it, perhaps without it.
                DeltaBase = 0;
                return null;
            }

            _offset = offset;
        }

        if (!outbox.TryAddNeedsLock(outgoing))
            return CloseReason.Slow;

        delivered++;
        return null;
    }

    private readonly record struct Held(ulong Offset, ulong Previous, Outgoing Outgoing, bool IsPublication = false);
}
