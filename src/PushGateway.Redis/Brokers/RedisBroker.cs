using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Redis.Presence;
using PushGateway.Redis.PubSub;

namespace PushGateway.Redis.Brokers;

/// <summary>
/// The broker on Redis. What is published goes through Redis' pub/sub to all nodes, and where a history is kept into a list, both by one script.
/// </summary>
internal sealed partial class RedisBroker : IBroker
{
    private readonly RedisConnection _redis;
    private readonly ILogger<RedisBroker> _logger;
    private readonly TopicSpace _channels;
    private readonly RedisPublisher _publisher;
    private readonly RedisHistory _history;
    private readonly RedisClock _clock;
    private readonly SparseLog _foreign;
    private IPublicationListener? _listener;

    public RedisBroker(RedisConnection redis, TimeProvider time, ILogger<RedisBroker> logger)
    {
        _redis = redis;
        _logger = logger;
        _clock = new RedisClock(time);
        var keys = new ChannelKeys(redis.Options.Prefix);
        _publisher = new RedisPublisher(redis, keys, _clock);
        _history = new RedisHistory(redis, keys, _clock);
        _channels = redis.Subscriber.AddSpace(keys.TopicStart, ChannelKeys.TopicEnd, Deliver);
        _foreign = new SparseLog(time);
    }

    /// <summary>Takes the changes of members, which come in one order with the publications of their channel.</summary>
    public IPresenceListener? PresenceListener { get; set; }

    /// <inheritdoc/>
    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken)
    {
        _listener = listener;
        _redis.Subscriber.Interrupted += listener.Interrupted;
        _redis.Subscriber.Resubscribed += listener.Resubscribed;
        _redis.Start();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken) =>
        _publisher.PublishAsync(channel, publication, options, cancellationToken);

    /// <inheritdoc/>
    public string? WhyNotReady => _redis.WhyNotReady;

    /// <inheritdoc/>
    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken) =>
        _history.ReadAsync(channel, query, limits, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken) => _history.RemoveAsync(channel, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken) => _history.RenewAsync(channel, epoch, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) =>
        _history.GetPositionsAsync(channels, cancellationToken);

    /// <inheritdoc/>
    public ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) =>
        _redis.Subscriber.SubscribeAsync(_channels, channel, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UnsubscribeAsync(string channel) => _redis.Subscriber.UnsubscribeAsync(_channels, channel);

    /// <summary>Stops delivering. The connection belongs to whoever made it.</summary>
    public ValueTask DisposeAsync()
    {
        if (_listener is { } listener)
        {
            _redis.Subscriber.Interrupted -= listener.Interrupted;
            _redis.Subscriber.Resubscribed -= listener.Resubscribed;
        }

        _listener = null;
        return ValueTask.CompletedTask;
    }

    // Publications are delivered together up to the first message that is something else.
    private void Deliver(string channel, ReadOnlySpan<ReadOnlyMemory<byte>> messages)
    {
        var publications = new Publication[messages.Length];
        var count = 0;
        var ahead = _redis.Clock.Ahead;
        foreach (var message in messages)
        {
            if (Envelope.TryRead(message, out var publication, ahead))
            {
                publications[count++] = Envelope.EndOf(publication) is { } end ? publication with { ExpiresAt = _clock.ToLocal(end) } : publication;
                continue;
            }

            Deliver(channel, publications, ref count);
            DeliverOther(channel, message);
        }

        Deliver(channel, publications, ref count);
    }

    private void Deliver(string channel, Publication[] publications, ref int count)
    {
        if (count > 0)
            _listener?.Deliver(channel, publications.AsSpan(0, count));
        count = 0;
    }

    private void DeliverOther(string channel, ReadOnlyMemory<byte> message)
    {
        if (PresenceChangeEnvelope.TryRead(channel, message.Span, out var change))
            PresenceListener?.Deliver(channel, change);
        else if (_foreign.TryTake(out var times))
            Log.Foreign(_logger, channel, message.Length, times);
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning,
            "A message of {Length} bytes on the Redis channel of {Channel} is none of the gateway's and was dropped ({Count} since the last report).")]
        public static partial void Foreign(ILogger logger, string channel, int length, long count);
    }
}
