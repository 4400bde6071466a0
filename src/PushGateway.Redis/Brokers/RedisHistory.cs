using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;
using StreamPosition = PushGateway.Channels.StreamPosition;

namespace PushGateway.Redis.Brokers;

/// <summary>The histories of channels, on the reading side.</summary>
internal sealed class RedisHistory(RedisConnection redis, ChannelKeys keys, RedisClock clock)
{
    private static readonly RedisValue[] PositionFields = ["e", "o"];

    /// <summary>See <see cref="IBroker.ReadHistoryAsync"/>.</summary>
    public async ValueTask<HistoryPage> ReadAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            Epoch.New(),
            (long)limits.MetaTtl.TotalMilliseconds,
            limits.Size,
            (long)limits.Ttl.TotalMilliseconds,
            query.Limit,
            query.Reverse,
            query.Since is { Offset: var offset } ? offset : RedisValue.EmptyString,
            query.Since is { Epoch: var epoch } ? epoch : RedisValue.EmptyString,
            query.SinceTime,
        ];

        var asked = clock.Now;
        var result = await redis.RunAsync(
            static (redis, state) => Script.History.EvaluateAsync(redis, state.Keys, state.Arguments),
            (Keys: (RedisKey[])[keys.Meta(channel), keys.History(channel)], Arguments: arguments),
            cancellationToken);

        var now = (long)result[2];
        clock.Sample(asked, now);
        return ToPage(result, query, now);
    }

    /// <summary>See <see cref="IBroker.RemoveHistoryAsync"/>.</summary>
    public async ValueTask RemoveAsync(string channel, CancellationToken cancellationToken) =>
        await redis.RunAsync(
            static (redis, names) => redis.KeyDeleteAsync(names),
            (RedisKey[])[keys.History(channel), keys.Meta(channel)],
            cancellationToken);

    /// <summary>See <see cref="IBroker.RenewEpochAsync"/>.</summary>
    public async ValueTask RenewAsync(string channel, string epoch, CancellationToken cancellationToken) =>
        await redis.RunAsync(
            static (redis, state) => Script.Renew.EvaluateAsync(redis, state.Keys, state.Old, state.New),
            (Keys: (RedisKey[])[keys.Meta(channel)], Old: epoch, New: Epoch.New()),
            cancellationToken);

    /// <summary>See <see cref="IBroker.GetPositionsAsync"/>.</summary>
    public async ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels.Count, IBroker.MaxPositions);
        var names = new RedisKey[channels.Count];
        for (var i = 0; i < names.Length; i++)
            names[i] = keys.Meta(channels[i]);

        // All are issued before the first is awaited, so that they go out together. From the primary: a replica may be behind.
        var metas = await redis.RunAsync(
            static (redis, names) => Task.WhenAll(Array.ConvertAll(names, name => redis.HashGetAsync(name, PositionFields, CommandFlags.DemandMaster))),
            names,
            cancellationToken);
        return Array.ConvertAll<RedisValue[], StreamPosition?>(
            metas, meta => meta[0].IsNull ? null : new StreamPosition(meta[1].IsNull ? 0 : (ulong)meta[1], meta[0].ToString()));
    }

    private HistoryPage ToPage(RedisResult result, HistoryQuery query, long now)
    {
        var top = new StreamPosition((ulong)result[1], (string)result[0]!);
        var oldest = (ulong)result[3];
        var isContinuous = (bool)result[4] && oldest <= (query.Since?.Offset ?? 0) + 1;
        var first = (ulong)result[5];
        var entries = (byte[][])result[6]!;
        var publications = new List<Publication>(entries.Length);
        var ahead = redis.Clock.Ahead;
        for (var i = 0; i < entries.Length; i++)
        {
            if (!Envelope.TryRead(entries[i], out var publication, ahead) || publication.Offset != first + (ulong)i)
                isContinuous = false; // Somebody else wrote to the list.
            else if (Envelope.EndOf(publication) is not { } end)
                publications.Add(publication with { Epoch = top.Epoch });
            else if (end > now)
                publications.Add(publication with { Epoch = top.Epoch, ExpiresAt = clock.ToLocal(end) });
        }

        if (query.Reverse)
            publications.Reverse();
        var last = entries.Length == 0 ? query.Since?.Offset ?? 0
            : query.Reverse ? first
            : first + (ulong)entries.Length - 1;
        return new HistoryPage(top, publications, last, isContinuous) { TopTime = (long)result[7] };
    }
}
