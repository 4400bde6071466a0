using PushGateway.Fanout;
using PushGateway.Security.Tokens;

namespace PushGateway.Connections;

/// <summary>
/// What let a client in, into the gateway or into a channel: by what it can be taken back, and when it ends. Its time runs from <see cref="BeginNeedsLock"/> to <see cref="EndNeedsLock"/>,
/// under the lock of the connection.
/// </summary>
/// <param name="connection">Whose.</param>
/// <param name="registry">Where its time is kept.</param>
/// <param name="stamp">By what it can be taken back.</param>
/// <param name="expiresAt">When it ends; null for never.</param>
/// <param name="isRefreshable">Whether the client can bring a new one before it ends, and has a while more for that; if not, it ends on the spot.</param>
internal sealed class Permit(Connection connection, ConnectionRegistry registry, TokenStamp stamp, DateTimeOffset? expiresAt, bool isRefreshable) : Scheduled
{
    // The sweeper counts turns and not the clock, and one that stood still is behind it: looked at so often, a permit ends late by no more.
    private static readonly TimeSpan LongestNap = TimeSpan.FromMinutes(1);

    private DateTimeOffset? _expiresAt = expiresAt;
    private volatile TokenStamp _stamp = stamp;
    private Subscription? _subscription;

    /// <summary>By what it can be taken back: that of the token which the client brought last.</summary>
    public TokenStamp Stamp => _stamp;

    /// <summary>What back ends that are asked about the client get to see; null for nothing.</summary>
    public string? Meta { get; init; }

    /// <summary>After how long the client is to bring a new token, at least a second; null for never, or where it cannot.</summary>
    public int? TtlSeconds => isRefreshable && _expiresAt is { } end ? (int)Math.Clamp((end - registry.Time.GetUtcNow()).TotalSeconds, 1, int.MaxValue) : null;

    /// <summary>Begins to watch the time.</summary>
    /// <param name="subscription">What ends with it; null for the whole connection.</param>
    public void BeginNeedsLock(Subscription? subscription = null)
    {
        _subscription = subscription;
        ScheduleNeedsLock();
    }

    /// <summary>Counts by another token from now on.</summary>
    public void RenewNeedsLock(TokenStamp stamp, DateTimeOffset? expiresAt)
    {
        (_stamp, _expiresAt) = (stamp, expiresAt);
        ScheduleNeedsLock();
    }

    /// <summary>Ceases to watch the time.</summary>
    public void EndNeedsLock() => registry.Sweeper.Cancel(this);

    protected internal override void OnDue() => connection.OnPermitDue(this);

    /// <summary>Whether its time has come. If not, the next look is set.</summary>
    public bool HasEndedNeedsLock(out Subscription? subscription)
    {
        subscription = _subscription;
        if (Remaining() > TimeSpan.Zero)
        {
            ScheduleNeedsLock();
            return false;
        }

        return _expiresAt is not null;
    }

    private TimeSpan Remaining() =>
        _expiresAt is { } end ? end - registry.Time.GetUtcNow() + (isRefreshable ? registry.Options.ExpiryGrace : TimeSpan.Zero) : TimeSpan.MaxValue;

    private void ScheduleNeedsLock()
    {
        if (_expiresAt is null)
            registry.Sweeper.Cancel(this);
        else
            registry.Sweeper.Schedule(this, TimeSpan.FromTicks(Math.Clamp(Remaining().Ticks, 0, LongestNap.Ticks)));
    }
}
