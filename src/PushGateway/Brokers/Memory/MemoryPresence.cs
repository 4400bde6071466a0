using Microsoft.Extensions.Logging;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>The presence of a node that stands alone. Announces through the queue of the broker, so that what happens in a channel has one order.</summary>
internal sealed class MemoryPresence : IPresence
{
    // Some 300 bytes each. Over it, when those were last seen who went first is forgotten before its time.
    private const int MaxOfflineUsers = 1_000_000;

    // As many clients that stay away are let go at once, which takes about a millisecond, before others have their turn.
    private const int LeavesAtOnce = 250;

    private readonly MemoryBroker _broker;
    private readonly TimeProvider _time;
    private readonly UserAnnouncements _announcements;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryMembers> _channels_NeedsLock = new(StringComparer.Ordinal);
    private readonly LeavingMembers _leaving_NeedsLock = new();
    private readonly OfflineUsers _offline_NeedsLock = new(MaxOfflineUsers);
    private readonly ITimer _timer;
    private long? _timerDueAt;
    private long _lastNumber;
    private bool _stopped;

    public MemoryPresence(MemoryBroker broker, TimeProvider time, ILogger<MemoryPresence> logger)
    {
        (_broker, _time) = (broker, time);
        _announcements = new UserAnnouncements(_gate, time, logger);
        _timer = time.CreateTimer(static presence => ((MemoryPresence)presence!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(IPresenceListener listener, CancellationToken cancellationToken)
    {
        _broker.ChangeListener = listener;
        _announcements.Start(listener);
        return ValueTask.CompletedTask;
    }

    /// <summary>See <see cref="IPresence.JoinAsync"/>. The member is there when this returns; whoever waits for it to complete joins no faster than it can be announced.</summary>
    public ValueTask JoinAsync(Membership membership, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_stopped)
                throw new BrokerUnavailableException("The node is stopping.");
            return new(JoinNeedsLock(membership).WaitAsync(cancellationToken));
        }
    }

    /// <inheritdoc/>
    public Task LeaveAsync(Membership membership, bool mayReturn)
    {
        lock (_gate)
            if (FindNeedsLock(membership) is { LeavesAt: null } member)
                LetGoNeedsLock(member, mayReturn ? membership.Rules.LeaveDelay : TimeSpan.Zero);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, IPresence.MaxPageSize);
        Guid? after = null;
        if (query.After is not null)
            after = Guid.TryParseExact(query.After, "N", out var connection) ? connection : throw new InvalidCursorException();

        PresenceStats stats;
        long sequence;
        List<Membership> members;
        lock (_gate)
        {
            if (!_channels_NeedsLock.TryGetValue(channel, out var found))
                return new(new PresencePage([], null, default, 0));

            (stats, sequence) = (found.Stats, found.Sequence);
            members = query.Limit > 0 ? found.Read(after, query.Limit) : [];
        }

        var hasMore = members.Count > query.Limit;
        if (hasMore)
            members.RemoveAt(members.Count - 1);
        return new(new PresencePage(members.ConvertAll(member => member.ToClientInfo()), hasMore ? members[^1].Connection.ToString("N") : null, stats, sequence));
    }

    /// <inheritdoc/>
    public ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken)
    {
        lock (_gate)
            return new(_channels_NeedsLock.TryGetValue(channel, out var found) ? found.Stats : default);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(users.Count, IPresence.MaxUsers);
        var now = _time.GetUtcNow();
        var answers = new UserPresence[users.Count];
        lock (_gate)
            for (var i = 0; i < answers.Length; i++)
                answers[i] = FindUserNeedsLock(users[i], now)?.ToPresence() ?? new UserPresence(users[i], 0, null, null);
        return new(answers);
    }

    /// <summary>Ends the waiting for clients that may come back, and the telling of users.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _stopped = true;
        await _timer.DisposeAsync();
        await _announcements.DisposeAsync();
    }

    private Task JoinNeedsLock(Membership membership)
    {
        if (!_channels_NeedsLock.TryGetValue(membership.Channel, out var channel))
            _channels_NeedsLock.Add(membership.Channel, channel = new MemoryMembers(membership.Channel));

        // The same client, which subscribed again before its leaving was done. That will find nothing any more.
        if (channel.Find(membership.Connection) is { } former)
        {
            TakeOutNeedsLock(channel, former);
            _ = AnnounceNeedsLock(channel, membership.Rules, PresenceChangeKind.Left, former.Membership.ToClientInfo());
        }

        var change = PresenceChangeKind.Joined;
        string? replaced = null;
        if (_leaving_NeedsLock.TryFindPlace(membership, out var gone))
        {
            TakeOutNeedsLock(channel, gone);
            (change, replaced) = (PresenceChangeKind.Returned, gone.Connection.ToString());
        }

        channel.Add(new Member(membership.Connection, membership));
        if (membership.Rules.User is { } rules && channel.User is null)
            ComeOnlineNeedsLock(membership.User, channel, rules);
        return AnnounceNeedsLock(channel, membership.Rules, change, membership.ToClientInfo(), replaced);
    }

    private Member? FindNeedsLock(Membership membership)
    {
        var member = _channels_NeedsLock.GetValueOrDefault(membership.Channel)?.Find(membership.Connection);
        return member?.Membership == membership ? member : null;
    }

    private void LetGoNeedsLock(Member member, TimeSpan delay)
    {
        if (_channels_NeedsLock[member.Membership.Channel].User is { } user)
            user.LastSeen = _time.GetUtcNow();
        if (delay == TimeSpan.Zero)
        {
            LeaveNeedsLock(member);
            return;
        }

        member.LeavesAt = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
        _leaving_NeedsLock.Add(member);
        SetTimerNeedsLock();
    }

    private void TakeOutNeedsLock(MemoryMembers channel, Member member)
    {
        channel.Remove(member);
        if (member.LeavesAt is not null)
            _leaving_NeedsLock.Remove(member);
    }

    private void LeaveNeedsLock(Member member)
    {
        var membership = member.Membership;
        var channel = _channels_NeedsLock[membership.Channel];
        TakeOutNeedsLock(channel, member);
        _ = AnnounceNeedsLock(channel, membership.Rules, PresenceChangeKind.Left, membership.ToClientInfo());
        if (!channel.IsEmpty)
            return;

        _channels_NeedsLock.Remove(membership.Channel);
        if (channel.User is { } user && membership.Rules.User is { } rules)
            GoOfflineNeedsLock(user, rules);
    }

    // Within the lock, so that changes stand in the queue in the order in which they happened.
    private Task AnnounceNeedsLock(MemoryMembers channel, MembershipRules rules, PresenceChangeKind kind, ClientInfo client, string? replaced = null)
    {
        if (!rules.Announces)
            return Task.CompletedTask;

        var previous = channel.Sequence;
        channel.Sequence = NextNumberNeedsLock();
        return _broker.Announce(channel.Name, new PresenceChange(kind, previous, channel.Sequence, client, replaced));
    }

    private void ComeOnlineNeedsLock(string id, MemoryMembers channel, UserPresenceRules rules)
    {
        var user = channel.User = _offline_NeedsLock.Take(id) ?? new MemoryUser(id);
        user.ComeOnline(channel, _time.GetUtcNow(), NextNumberNeedsLock());
        if (rules.Announces)
            _announcements.AddNeedsLock(user);
    }

    private void GoOfflineNeedsLock(MemoryUser user, UserPresenceRules rules)
    {
        var now = _time.GetUtcNow();
        user.GoOffline(now + rules.LastSeenTtl, NextNumberNeedsLock());
        _offline_NeedsLock.Add(user, now);
        if (rules.Announces)
            _announcements.AddNeedsLock(user);
    }

    private MemoryUser? FindUserNeedsLock(string id, DateTimeOffset now) =>
        _channels_NeedsLock.TryGetValue(ChannelName.Personal(id), out var channel) ? channel.User : _offline_NeedsLock.Find(id, now);

    // Rises over all channels and users, and from one life of the process to the next: so it rises for each, and none needs to be remembered when it is gone.
    private long NextNumberNeedsLock() => _lastNumber = Math.Max(_lastNumber + 1, _time.GetUtcNow().ToUnixTimeMilliseconds());

    private void SetTimerNeedsLock()
    {
        // One that is set for a member that came back comes in vain, and is set again then.
        if (_leaving_NeedsLock.Next is not { } next || _timerDueAt <= next)
            return;

        _timerDueAt = next;
        var delay = Math.Ceiling(_time.GetElapsedTime(_time.GetTimestamp(), next).TotalMilliseconds);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, delay)), Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        bool hasMore;
        do
        {
            lock (_gate)
                hasMore = LeaveDueNeedsLock();
        }
        while (hasMore);
    }

    private bool LeaveDueNeedsLock()
    {
        var now = _time.GetTimestamp();
        for (var count = 0; count < LeavesAtOnce; count++)
        {
            if (!_leaving_NeedsLock.TryFindDue(now, out var member))
            {
                _timerDueAt = null;
                SetTimerNeedsLock();
                return false;
            }

            LeaveNeedsLock(member);
        }

        return true;
    }
}
