using PushGateway.Channels;
using PushGateway.Fanout;
using PushGateway.Presence;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Tokens;
using PushGateway.Transports;

namespace PushGateway.Connections;

/// <summary>One client: who it is, what it is subscribed to, and how far its session has come.</summary>
/// <remarks>
/// Three kinds of threads meet here: the one that reads what the client sends (one at a time), those that deliver, and the sweeper's. What they share is
/// guarded by one lock, held for assignments only.
/// </remarks>
internal sealed class Connection : Scheduled
{
    // What one joining subscription may hold back: a half of the outbox, so that it fits in behind the reply.
    private const int HeldShare = 2;

    private readonly Lock _gate = new();
    private readonly ITransport _transport;
    private readonly ConnectionRegistry _registry;
    private readonly Outbox _outbox;
    private Phase _phase = Phase.Opened;
    private bool _awaitsPong, _hasSeat;
    private long _receivedBytes;
    private TaskCompletionSource? _begun;
    private CancellationTokenSource? _gone;
    private CommandBudget _budget;

    public Connection(ITransport transport, ClientIdentity identity, ConnectionRegistry registry, IReadOnlyList<KeyValuePair<string, string>>? headers = null)
    {
        (_transport, User, ConnectionInfo, _registry, HandshakeHeaders) = (transport, identity.User, identity.Info, registry, headers);
        _outbox = new Outbox(transport, _gate, registry.Options.OutboxBytes, registry.Time);
        Subscriptions = new Subscriptions(this, _gate, _outbox);
        registry.Sweeper.Schedule(this, registry.Options.ConnectTimeout);
    }

    /// <summary>The user's id; empty for an anonymous client. Settled by <see cref="TryIdentify"/>.</summary>
    public string User { get; private set; }

    /// <summary>Unique in the cluster. Kept as a number: its text is needed seldom, and would cost more than all else here.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>See <see cref="ClientInfo.ConnectionInfo"/>.</summary>
    public string? ConnectionInfo { get; private set; }

    /// <summary>What let it in; null for an anonymous client without a token.</summary>
    public Permit? Permit { get; private set; }

    /// <summary>Those headers of the handshake that somebody wants to see before the session opens; null for none, and from then on.</summary>
    public IReadOnlyList<KeyValuePair<string, string>>? HandshakeHeaders { get; private set; }

    /// <summary>What it is subscribed to.</summary>
    public Subscriptions Subscriptions { get; }

    /// <summary>The way to the client.</summary>
    public ITransport Transport => _transport;

    public FrameFormat Format => _transport.Format;

    public IClientProtocol Protocol => Format.Protocol;

    public ClientInfo Info => new(User, Id.ToString()) { ConnectionInfo = ConnectionInfo };

    /// <summary>Bytes of the messages that came from the client.</summary>
    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    /// <summary>Bytes that the network has taken.</summary>
    public long SentBytes => _outbox.SentBytes;

    /// <summary>Bytes that wait for the network.</summary>
    public long WaitingBytes => _outbox.WaitingBytes;

    /// <summary>What it is in a channel whose members are kept.</summary>
    public Membership MembershipOf(string channel, MembershipRules rules, string? info) => new(channel, Id, User, rules) { ConnectionInfo = ConnectionInfo, ChannelInfo = info };

    /// <summary>Whether commands are taken: the connection is neither closing nor closed.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_gate)
                return _phase < Phase.Closing;
        }
    }

    /// <summary>Begins the session with the first connect command. False when there was one before.</summary>
    public bool TryBeginSession()
    {
        lock (_gate)
        {
            if (_phase != Phase.Opened)
                return false;

            _phase = Phase.Connecting;
            return true;
        }
    }

    /// <summary>Settles who the client is, once, before its session opens. False when its user has as many connections as may be.</summary>
    public bool TryIdentify(ClientIdentity identity, Permit? permit)
    {
        if (identity.User.Length > 0 && _registry.Seats is { } seats)
        {
            if (!seats.TryTake(identity.User))
                return false;

            _hasSeat = true;
        }

        (User, ConnectionInfo, Permit) = (identity.User, identity.Info, permit);
        return true;
    }

    /// <summary>Counts a command of the client.</summary>
    public CommandBudget.Verdict CountCommand() => _budget.Take(_registry.Options, _registry.Time);

    /// <summary>Cancelled when the connection closes, for what is asked on its behalf.</summary>
    public CancellationToken Gone
    {
        get
        {
            lock (_gate)
                return _phase < Phase.Closing ? (_gone ??= new CancellationTokenSource()).Token : new CancellationToken(canceled: true);
        }
    }

    /// <summary>Goes on by another token.</summary>
    public void Renew(TokenStamp stamp)
    {
        lock (_gate)
        {
            Permit ??= new Permit(this, _registry, stamp, stamp.ExpiresAt, isRefreshable: true);
            if (_phase == Phase.Connected)
                Permit.RenewNeedsLock(stamp, stamp.ExpiresAt);
        }
    }

    /// <summary>Whether the session is open, so that commands other than connect are allowed.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _phase == Phase.Connected;
        }
    }

    /// <summary>Completes when the session is open, or never will be.</summary>
    public Task SessionBegunAsync()
    {
        lock (_gate)
            return _phase >= Phase.Connected ? Task.CompletedTask : (_begun ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    /// <summary>Opens the session: writes the reply to the connect command, and pings from now on.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="subscriptions">Channels the server subscribed the client to, and how far the reply brings it there; they are live behind the reply.</param>
    /// <returns>False when the connection was closed meanwhile.</returns>
    public bool TryOpenSession(in Reply reply, ReadOnlySpan<(Subscription Subscription, ulong? Position)> subscriptions)
    {
        var frame = _transport.Format.Encode(reply);
        CloseReason? end = null;
        lock (_gate)
        {
            if (_phase != Phase.Connecting)
                return false;

            SetPhaseNeedsLock(Phase.Connected);
            HandshakeHeaders = null;
            Permit?.BeginNeedsLock();
            _outbox.AddBeyondLimitNeedsLock(frame);
            foreach (var (subscription, position) in subscriptions)
                end ??= subscription.GoLiveNeedsLock(position, _outbox);
            _registry.Sweeper.Schedule(this, FirstPing());
        }

        _registry.SessionOpened();
        Flush(end);
        return true;
    }

    public void Send(in Reply reply)
    {
        if (reply.Result is ErrorResult error)
            _registry.Meters.CommandFailed(error);
        Send(_transport.Format.Encode(reply));
    }

    /// <summary>Counts what came from the client. By the one who reads.</summary>
    public void CountReceived(int bytes) => Volatile.Write(ref _receivedBytes, _receivedBytes + bytes);

    /// <summary>
    /// Completes when the client has room for a reply of up to <see cref="ConnectionOptions.MaxRecoveryBytes"/>. One such reply waits at a time, or a client that asks and does not read
    /// would fill the memory.
    /// </summary>
    public Task RoomForLargeReplyAsync() => _outbox.LargeFramesSentAsync();

    /// <summary>Sends a reply that may be larger than what may wait for a client, after <see cref="RoomForLargeReplyAsync"/>.</summary>
    public void SendBeyondLimit(in Reply reply)
    {
        var frame = _transport.Format.Encode(reply);
        lock (_gate)
            _outbox.AddBeyondLimitNeedsLock(frame);
        _outbox.Flush();
    }

    /// <summary>Takes publications of a channel it is subscribed to. Never waits for the client.</summary>
    /// <returns>How many were handed over.</returns>
    public int Deliver(Subscription subscription, BroadcastRun run)
    {
        CloseReason? end;
        bool waits;
        int delivered;
        lock (_gate)
        {
            end = subscription.TakeNeedsLock(run, _outbox, _registry.Options.OutboxBytes / HeldShare, out delivered);
            waits = _outbox.WaitsNeedsLock;
        }

        if (waits || end is not null)
            Subscriptions.Flush(subscription, end);
        return delivered;
    }

    /// <summary>Takes a frame about a channel it is subscribed to that is no publication. As for publications.</summary>
    public void Deliver(Subscription subscription, byte[] frame)
    {
        CloseReason? end;
        lock (_gate)
            end = subscription.TakeNeedsLock(frame, _outbox, _registry.Options.OutboxBytes / HeldShare);
        Flush(end);
    }

    /// <summary>Takes the client's answer to a ping. False when there was no ping to answer.</summary>
    public bool TryTakePong()
    {
        lock (_gate)
        {
            if (!_awaitsPong)
                return false;

            _awaitsPong = false;
            // From ping to ping, however long the pong took: the client counts on it. Not once it is closing, which has a deadline of its own.
            if (_phase < Phase.Closing)
                _registry.Sweeper.Postpone(this, _registry.Options.PingInterval - _registry.Options.PongTimeout);
            return true;
        }
    }

    /// <summary>Lets replies wait while a batch of commands is worked on; see <see cref="Outbox.Hold"/>.</summary>
    public void HoldReplies() => _outbox.Hold();

    /// <summary>Ends <see cref="HoldReplies"/>.</summary>
    public void ReleaseReplies() => _outbox.Release();

    /// <summary>Hands a frame that belongs to the transport, such as a WebSocket pong, to the client in its turn.</summary>
    public void Send(byte[] frame)
    {
        bool fits;
        lock (_gate)
            fits = _outbox.TryAddNeedsLock(frame);
        Flush(fits ? null : CloseReason.Slow);
    }

    /// <summary>Writes what waits, or ends the connection where there is a reason to.</summary>
    public void Flush(CloseReason? end)
    {
        if (end is null)
            _outbox.Flush();
        else
            Close(end);
    }

    /// <summary>Ends the connection from our side: tells the client why, takes nothing more from it, and cuts it if it does not answer in time.</summary>
    /// <returns>False when it was ending before.</returns>
    public bool Close(CloseReason reason)
    {
        bool hadSession;
        lock (_gate)
        {
            if (_phase >= Phase.Closing)
                return false;

            hadSession = _phase == Phase.Connected;
            SetPhaseNeedsLock(Phase.Closing);
            _outbox.CloseNeedsLock(_transport.Format.Encode(reason), discard: reason == CloseReason.Slow);
        }

        _registry.Closed(this, hadSession, reason);
        _outbox.Flush();
        _registry.Sweeper.Schedule(this, _registry.Options.CloseTimeout);
        Subscriptions.Close(mayReturn: !reason.IsTerminal);
        _gone?.Cancel();
        return true;
    }

    /// <summary>The client is gone, or has been answered: frees everything. Completes when all that could be written is.</summary>
    public async Task EndAsync()
    {
        bool hadSession;
        lock (_gate)
        {
            hadSession = _phase == Phase.Connected;
            SetPhaseNeedsLock(Phase.Closing);
        }

        if (hadSession)
            _registry.SessionEnded(reason: null);
        Subscriptions.Close(mayReturn: true);
        _registry.Sweeper.Schedule(this, _registry.Options.CloseTimeout);
        _gone?.Cancel();
        await _outbox.DrainedAsync();
        lock (_gate)
            _phase = Phase.Ended;
        _registry.Sweeper.Cancel(this);
        if (_hasSeat)
            _registry.Seats!.Leave(User);
        _registry.Remove(this);
    }

    /// <summary>Ends what was permitted for a time, when that has passed.</summary>
    public void OnPermitDue(Permit permit)
    {
        Subscription? subscription;
        lock (_gate)
            if (_phase != Phase.Connected || !permit.HasEndedNeedsLock(out subscription))
                return;

        if (subscription is null)
            Close(CloseReason.Expired);
        else
            Subscriptions.TryEnd(subscription, UnsubscribeReason.Expired);
    }

    protected internal override void OnDue()
    {
        Phase phase;
        bool awaitsPong;
        lock (_gate)
        {
            (phase, awaitsPong) = (_phase, _awaitsPong);
            _awaitsPong = phase == Phase.Connected;
            if (phase == Phase.Connected && !awaitsPong)
                _registry.Sweeper.Postpone(this, _registry.Options.PongTimeout);
        }

        switch (phase)
        {
            case Phase.Opened or Phase.Connecting:
                Close(CloseReason.Stale);
                break;
            case Phase.Connected when awaitsPong:
                Close(CloseReason.NoPong);
                break;
            case Phase.Connected:
                Send(_transport.Format.Ping);
                break;
            case Phase.Closing:
                _transport.Abort();
                break;
        }
    }

    // Spread over the second half of the interval, so that a herd that connects at once is not pinged at once. Up to two ticks are added by rounding up.
    private TimeSpan FirstPing()
    {
        var half = _registry.Options.PingInterval / 2;
        return half + ((half - (2 * Sweeper.Tick)) * Random.Shared.NextDouble());
    }

    private void SetPhaseNeedsLock(Phase phase)
    {
        if (_phase >= phase)
            return;

        _phase = phase;
        if (phase >= Phase.Connected)
            _begun?.TrySetResult();
        if (phase >= Phase.Closing)
            Permit?.EndNeedsLock();
    }

    private enum Phase : byte
    {
        Opened,
        Connecting,
        Connected,
        Closing,
        Ended,
    }
}
