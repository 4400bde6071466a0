using System.Buffers;
using Microsoft.Extensions.Logging;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Redis.PubSub;
using StackExchange.Redis;
using StreamPosition = PushGateway.Channels.StreamPosition;

namespace PushGateway.Redis.Brokers;

/// <summary>
/// The broker on Redis' pub/sub. A channel <c>news</c> is the Redis channel <c>pg:c:{news}</c>: the name is the hash tag, so that all keys a channel
/// will ever have share its slot.
/// </summary>
internal sealed partial class RedisBroker : IBroker
{
    private readonly RedisConnection _redis;
    private readonly ILogger<RedisBroker> _logger;
    private readonly TopicSpace _channels;
    private readonly string _topicPrefix;
    private readonly SparseLog _foreign;
    private IPublicationListener? _listener;

    public RedisBroker(RedisConnection redis, TimeProvider time, ILogger<RedisBroker> logger)
    {
        _redis = redis;
        _logger = logger;
        _topicPrefix = $"{redis.Options.Prefix}:c:{{";
        _channels = redis.Subscriber.AddSpace(_topicPrefix, "}", Deliver);
        _foreign = new SparseLog(time);
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken)
    {
        _listener = listener;
        _redis.Start();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        var length = Envelope.GetLength(publication);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        Envelope.Write(publication, buffer);
        await _redis.RunAsync(
            static (redis, message) => redis.PublishAsync(message.Topic, message.Envelope),
            (Topic: RedisChannel.Literal($"{_topicPrefix}{channel}}}"), Envelope: (RedisValue)buffer.AsMemory(0, length)),
            cancellationToken);

        // Only now: a command that failed or was given up may still be in the hands of the library.
        ArrayPool<byte>.Shared.Return(buffer);
        return default;
    }

    /// <inheritdoc/>
    public string? WhyNotReady => null;

    /// <inheritdoc/>
    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) =>
        _redis.Subscriber.SubscribeAsync(_channels, channel, cancellationToken);

    /// <inheritdoc/>
    public ValueTask UnsubscribeAsync(string channel) => _redis.Subscriber.UnsubscribeAsync(_channels, channel);

    /// <summary>Stops delivering. The connection belongs to whoever made it.</summary>
    public ValueTask DisposeAsync()
    {
        _listener = null;
        return ValueTask.CompletedTask;
    }

    private void Deliver(string channel, ReadOnlyMemory<byte> message)
    {
        if (Envelope.TryRead(message, out var publication))
            _listener?.Deliver(channel, publication);
        else if (_foreign.TryTake(out var count))
            Log.Foreign(_logger, channel, message.Length, count);
    }

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Warning,
            "A message of {Length} bytes on the Redis channel of {Channel} is none of the gateway's and was dropped ({Count} since the last report).")]
        public static partial void Foreign(ILogger logger, string channel, int length, long count);
    }
}
