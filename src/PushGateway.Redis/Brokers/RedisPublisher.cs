using System.Buffers;
using System.Runtime.CompilerServices;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Redis.Publishing;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;
using StreamPosition = PushGateway.Channels.StreamPosition;

namespace PushGateway.Redis.Brokers;

/// <summary>
/// Publishes: by a bare command where nothing is kept or compared, by a script where something is; on a connection for that alone, and by StackExchange.Redis what that connection
/// does not take or could not do.
/// </summary>
internal sealed class RedisPublisher(RedisConnection redis, ChannelKeys keys, RedisClock clock)
{
    /// <summary>See <see cref="IBroker.PublishAsync"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // No allocation for a publication on its way.
    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        if (publication.Offset != 0 || publication.Time != 0)
            publication = publication with { Offset = 0, Time = 0, Epoch = null }; // Published anew: the position it had is another's.
        var request = new PublishRequest(channel, publication, options);

        var asked = request.IsPlain ? default : clock.Now;
        if (redis.Publishing.TrySend(in request) is { } operation)
        {
            // Who gives up does not take back what is on its way.
            var reply = cancellationToken.CanBeCanceled
                ? await operation.ReplyAsync().AsTask().WaitAsync(cancellationToken)
                : await operation.ReplyAsync();
            if (reply.Fate is PublishFate.Done)
                return request.IsPlain ? default : OutcomeOf(reply.Answer, asked);
            if (reply.Fate is not PublishFate.NotDone)
                throw reply.Fate is PublishFate.Refused
                    ? new BrokerUnavailableException("Redis refused the publication.", new IOException(reply.Reason))
                    : new BrokerUnavailableException(reply.Reason!);
        }

        return await PublishByLibraryAsync(request, cancellationToken);
    }

    private async ValueTask<PublishOutcome> PublishByLibraryAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        var length = Envelope.GetLength(request.Publication);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        Envelope.Write(request.Publication, buffer, redis.Clock.Ahead);
        var envelope = (RedisValue)buffer.AsMemory(0, length);
        var outcome = request.IsPlain
            ? await PublishPlainAsync(request.Channel, envelope, cancellationToken)
            : await PublishByScriptAsync(request, envelope, cancellationToken);

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

    private async ValueTask<PublishOutcome> PublishByScriptAsync(PublishRequest request, RedisValue envelope, CancellationToken cancellationToken)
    {
        var channel = request.Channel;
        var idempotency = request.Options.Idempotency;
        RedisKey[] names = idempotency is null
            ? [keys.Meta(channel), keys.History(channel)]
            : [keys.Meta(channel), keys.History(channel), keys.Idempotency(channel, idempotency.Key)];
        RedisValue[] arguments =
        [
            default, // The command that publishes, known once connected.
            keys.Topic(channel),
            envelope,
            Epoch.New(),
            request.Size,
            request.Ttl,
            request.MetaTtl,
            request.Options.Version ?? RedisValue.EmptyString,
            idempotency?.Fingerprint ?? RedisValue.EmptyString,
            request.KeyTtl,
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

        var epoch = (string)result[3]!;
        return OutcomeOf(new ScriptAnswer((int)result[0], (bool)result[1], (ulong)result[2], epoch.Length == 0 ? null : epoch, (long)result[4]), asked);
    }

    private PublishOutcome OutcomeOf(in ScriptAnswer answer, DateTimeOffset asked)
    {
        clock.Sample(asked, answer.Time);
        return answer.Status == ScriptAnswer.Conflict
            ? throw new IdempotencyConflictException()
            : new PublishOutcome(
                answer.Epoch is null ? null : new StreamPosition(answer.Offset, answer.Epoch),
                IsSuperseded: answer.Status == ScriptAnswer.Superseded,
                IsRepeated: answer.IsRepeated);
    }
}
