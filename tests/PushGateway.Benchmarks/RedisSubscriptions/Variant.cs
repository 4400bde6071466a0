using Microsoft.Extensions.Logging.Abstractions;
using PushGateway.Redis.PubSub;
using StackExchange.Redis;

namespace PushGateway.Benchmarks.RedisSubscriptions;

/// <summary>One way to subscribe to many Redis channels.</summary>
internal abstract class Variant : IAsyncDisposable
{
    public const string Handler = "handler";
    public const string Queue = "queue";
    public const string Own = "own";

    public static readonly string[] All = [Handler, Queue, Own];

    public static async Task<Variant> ConnectAsync(string kind, string redis, OrderCheck check)
    {
        if (kind == Own)
            return new OwnVariant(redis, check);
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis);
        return kind == Handler ? new HandlerVariant(multiplexer, check) : new QueueVariant(multiplexer, check);
    }

    public abstract Task SubscribeAsync(string channel);

    public abstract ValueTask DisposeAsync();

    /// <summary>StackExchange.Redis with a handler: runs on the thread pool.</summary>
    private sealed class HandlerVariant(ConnectionMultiplexer multiplexer, OrderCheck check) : Variant
    {
        private readonly ISubscriber _subscriber = multiplexer.GetSubscriber();
        private readonly Action<RedisChannel, RedisValue> _handler = (_, value) => check.See(((ReadOnlyMemory<byte>)value).Span);

        public override Task SubscribeAsync(string channel) => _subscriber.SubscribeAsync(RedisChannel.Literal(channel), _handler);

        public override ValueTask DisposeAsync() => multiplexer.DisposeAsync();
    }

    /// <summary>StackExchange.Redis with a queue per channel.</summary>
    private sealed class QueueVariant(ConnectionMultiplexer multiplexer, OrderCheck check) : Variant
    {
        private readonly ISubscriber _subscriber = multiplexer.GetSubscriber();
        private readonly Action<ChannelMessage> _handler = message => check.See(((ReadOnlyMemory<byte>)message.Message).Span);

        public override async Task SubscribeAsync(string channel) =>
            (await _subscriber.SubscribeAsync(RedisChannel.Literal(channel))).OnMessage(_handler);

        public override ValueTask DisposeAsync() => multiplexer.DisposeAsync();
    }

    /// <summary>The gateway's own connection.</summary>
    private sealed class OwnVariant : Variant
    {
        private readonly Subscriber _subscriber;
        private readonly TopicSpace _space;

        public OwnVariant(string redis, OrderCheck check)
        {
            var seconds = TimeSpan.FromSeconds(1);
            var limits = new SubscriberLimits(60 * seconds, seconds, 3 * seconds, seconds, 1 << 20, 1 << 20);
            var configuration = ConfigurationOptions.Parse(redis);
            _subscriber = new Subscriber(
                configuration,
                limits,
                _ => ValueTask.FromResult(Topology.Single(configuration.EndPoints[0])),
                TimeProvider.System,
                NullLogger.Instance);
            _space = _subscriber.AddSpace("", "", (_, payloads) =>
            {
                foreach (var payload in payloads)
                    check.See(payload.Span);
            });
            _subscriber.Start();
        }

        public override Task SubscribeAsync(string channel) => _subscriber.SubscribeAsync(_space, channel, CancellationToken.None).AsTask();

        public override ValueTask DisposeAsync() => _subscriber.DisposeAsync();
    }
}
