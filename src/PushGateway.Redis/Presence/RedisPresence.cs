using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;

namespace PushGateway.Redis.Presence;

/// <summary>
/// Who is in which channel, in Redis. A member is written when it joins and taken out when it leaves, and counts while the lease of its node runs: why, docs/decisions/0010-presence-by-leases.md.
/// </summary>
internal sealed class RedisPresence : IPresence
{
    private readonly RedisConnection _redis;
    private readonly RedisBroker _broker;
    private readonly Lease _lease;
    private readonly Ledger _ledger;
    private readonly Reaper _reaper;
    private readonly PresenceReader _reader;
    private readonly DelayedLeaves _delayed;
    private bool _isStarted;

    public RedisPresence(RedisConnection redis, RedisBroker broker, Lease lease, ILogger<RedisPresence> logger)
    {
        _redis = redis;
        _broker = broker;
        _lease = lease;
        var keys = new ChannelKeys(redis.Options.Prefix);
        _ledger = new Ledger(redis, lease, keys, logger);
        _reaper = new Reaper(redis, new ClusterKeys(redis.Options.Prefix), _ledger.Writer, _ledger.Announcer, logger);
        _reader = new PresenceReader(redis, lease, keys, _reaper);
        _delayed = new DelayedLeaves(redis.Time, membership => _ = _ledger.LeaveAsync(membership, mayReturn: false));
    }

    /// <summary>What this node has to have in Redis.</summary>
    public Ledger Ledger => _ledger;

    /// <inheritdoc/>
    public string? WhyNotReady => _isStarted && !_lease.IsRunning
        ? "The lease of this node has run out and could not be renewed: the others take its clients for gone."
        : null;

    /// <inheritdoc/>
    public ValueTask StartAsync(IPresenceListener listener, CancellationToken cancellationToken)
    {
        _isStarted = true;
        _ledger.Announcer.Start(listener);
        _ledger.Start();
        _broker.PresenceListener = listener;
        _lease.Beaten += _reaper.Look;
        _redis.Disturbed += _ledger.Disturb;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask JoinAsync(Membership membership, CancellationToken cancellationToken)
    {
        try
        {
            await _ledger.Join(membership).Joined.WaitAsync(_redis.Options.CommandTimeout, _redis.Time, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new BrokerUnavailableException("Redis did not answer in time.", e);
        }
    }

    /// <inheritdoc/>
    public Task LeaveAsync(Membership membership, bool mayReturn)
    {
        var delay = membership.Rules.LeaveDelay;
        mayReturn &= delay > TimeSpan.Zero;
        var left = _ledger.LeaveAsync(membership, mayReturn);
        if (mayReturn && left is not null)
            _delayed.Add(membership, delay);
        return left ?? Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken) =>
        _reader.ReadAsync(channel, query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken) => _reader.CountAsync(channel, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken) =>
        _reader.ReadUsersAsync(users, cancellationToken);

    /// <summary>Takes back all memberships. The lease belongs to the cluster, which gives it up.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isStarted)
            return;

        _isStarted = false;
        _broker.PresenceListener = null;
        _lease.Beaten -= _reaper.Look;
        _redis.Disturbed -= _ledger.Disturb;
        _reaper.Dispose();
        _delayed.Dispose();
        await _ledger.DisposeAsync();
    }
}
