using System.Buffers;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;
using StreamPosition = PushGateway.Channels.StreamPosition;

namespace PushGateway.Redis.Brokers;

/// <summary>Publishes: by a bare command where nothing is kept or compared, by a script where something is.</summary>
internal sealed class RedisPublisher(RedisConnection redis, ChannelKeys keys, RedisClock clock)
{
    private const int Superseded = 1;
    private const int Conflict = 2;

    /// <summary>See <see cref="IBroker.PublishAsync"/>.</summary>
    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        if (publication.Offset != 0 || publication.Time != 0)
            publication = publication with { Offset = 0, Time = 0, Epoch = null }; // Published anew: the position it had is another's.

        var length = Envelope.GetLength(publication);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        Envelope.Write(publication, buffer);
        var envelope = (RedisValue)buffer.AsMemory(0, length);

        // A lifetime counts from the moment that Redis took the publication, which a bare command does not tell.
        var outcome = options is { History: null, Idempotency: null, Version: null } && publication.Lifetime is null
            ? await PublishPlainAsync(channel, envelope, cancellationToken)
            : await PublishByScriptAsync(channel, envelope, options, cancellationToken);

        // Only now: a command that failed or was given up may still be in the hands of the library.
        ArrayPool<byte>.Shared.Return(buffer);
        return outcome;
    }

    private async ValueTask<PublishOutcome> PublishPlainAsync(string channel, RedisValue envelope, CancellationToken cancellationToken)
    {
        await redis.RunAsync(
            static (redis, message) => redis.PublishAsync(message.Redis.ChannelOf(message.Topic), message.Envelope),
            (Redis: redis, Topic: keys.Topic(channel), Envelope: envelope),
            cancellationToken);
        return default;
    }

    private async ValueTask<PublishOutcome> PublishByScriptAsync(string channel, RedisValue envelope, PublishOptions options, CancellationToken cancellationToken)
    {
        var history = options.History;
        var idempotency = options.Idempotency;
        RedisKey[] names = idempotency is null
            ? [keys.Meta(channel), keys.History(channel)]
            : [keys.Meta(channel), keys.History(channel), keys.Idempotency(channel, idempotency.Key)];
        RedisValue[] arguments =
        [
            default, // The command that publishes, known once connected.
            keys.Topic(channel),
            envelope,
            Epoch.New(),
            history?.Size ?? 0,
            Milliseconds(history?.Ttl ?? default),
            Milliseconds(history?.MetaTtl ?? PublishOptions.VersionTtl),
            options.Version ?? RedisValue.EmptyString,
            idempotency?.Fingerprint ?? RedisValue.EmptyString,
            Milliseconds(idempotency?.Ttl ?? default),
        ];

        var asked = clock.Now;
        var result = await redis.RunAsync(
            static (redis, state) =>
            {
                state.Arguments[0] = state.Redis.IsSharded ? "SPUBLISH" : "PUBLISH";
                return Script.Publish.EvaluateAsync(redis, state.Keys, state.Arguments);
            },
            (Redis: redis, Keys: names, Arguments: arguments),
            cancellationToken);

        clock.Sample(asked, (long)result[4]);
        var status = (int)result[0];
        if (status == Conflict)
            throw new IdempotencyConflictException();
        var epoch = (string)result[3]!;
        return new PublishOutcome(
            epoch.Length == 0 ? null : new StreamPosition((ulong)result[2], epoch),
            IsSuperseded: status == Superseded,
            IsRepeated: (bool)result[1]);
    }

    // Redis takes no zero for a time to live.
    private static long Milliseconds(TimeSpan time) => Math.Max(1, (long)time.TotalMilliseconds);
}
