using System.Buffers.Text;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Scripts;
using StackExchange.Redis;
using ClientInfo = PushGateway.Channels.ClientInfo;

namespace PushGateway.Redis.Presence;

/// <summary>
/// Reads members. An answer counts exactly because it is none as long as the channel has members of incarnations that the reader does not know to live: those that are dead are taken out first.
/// </summary>
internal sealed class PresenceReader(RedisConnection redis, Lease lease, ChannelKeys keys, Reaper reaper)
{
    // Each time a node may have come up or died since. More than a few times in a row is no cluster but a defect.
    private const int MaxAttempts = 5;

    // Channels that are rid of the dead at a time.
    private const int RemovedAtOnce = 32;

    /// <summary>See <see cref="IPresence.ReadAsync"/>.</summary>
    public async ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, IPresence.MaxPageSize);
        byte[] from = query.After is null ? new byte[MemberEntry.IdBytes] : FromCursor(query.After);
        var result = await ReadAsync(channel, query.Limit, from, cancellationToken);
        var members = new List<ClientInfo>(query.Limit);
        var next = query.Limit == 0 ? null : Collect(channel, result, query.Limit, members);
        return new PresencePage(members, next, ToStats(result), (long)result[3]);
    }

    /// <summary>See <see cref="IPresence.CountAsync"/>.</summary>
    public async ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken) =>
        ToStats(await ReadAsync(channel, 0, [], cancellationToken));

    /// <summary>See <see cref="IPresence.ReadUsersAsync"/>.</summary>
    public async ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(users.Count, IPresence.MaxUsers);
        var results = await ReadAllAsync([.. users.Select(ChannelName.Personal)], 0, [], cancellationToken);
        return [.. users.Zip(results, static (user, result) => UserStates.From(user, (long)result[1], (long)result[4], (long)result[5]))];
    }

    private async ValueTask<RedisResult> ReadAsync(string channel, int limit, byte[] from, CancellationToken cancellationToken) =>
        (await ReadAllAsync([channel], limit, from, cancellationToken))[0];

    /// <summary>Reads several channels in one round trip for each part of Redis.</summary>
    private async ValueTask<RedisResult[]> ReadAllAsync(string[] channels, int limit, byte[] from, CancellationToken cancellationToken)
    {
        var results = new RedisResult[channels.Length];
        int[] open = [.. Enumerable.Range(0, channels.Length)];
        var view = await lease.GetAsync().AsTask().WaitAsync(cancellationToken);
        var live = view.Live;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            // All are issued before the first is awaited, so that they go out together.
            var found = await redis.RunAsync(
                static (redis, state) => Task.WhenAll(Array.ConvertAll(state.Channels, channel => state.Reader.EvaluateAsync(redis, channel, state.Live, state.Limit, state.From))),
                (Reader: this, Channels: Array.ConvertAll(open, i => channels[i]), Live: live, Limit: limit, From: from),
                cancellationToken);
            for (var i = 0; i < open.Length; i++)
                results[open[i]] = found[i];
            open = Array.FindAll(open, i => !IsAnswer(results[i]));
            if (open.Length == 0)
                return results;

            view = await lease.RefreshAsync().WaitAsync(cancellationToken);
            var unknown = open.SelectMany(i => UnknownIn(results[i]).Select(incarnation => (Channel: channels[i], Incarnation: incarnation))).ToLookup(found => view.IsDead(found.Incarnation));
            live = view.Live + string.Concat(unknown[false].Select(spared => spared.Incarnation).Distinct().Select(spared => $"{spared},"));
            await Parallel.ForEachAsync(
                unknown[true],
                new ParallelOptions { MaxDegreeOfParallelism = RemovedAtOnce, CancellationToken = cancellationToken },
                (dead, _) => reaper.RemoveAsync(dead.Channel, dead.Incarnation));
        }

        throw new BrokerUnavailableException("The nodes come and go too fast to tell who is there.");
    }

    private Task<RedisResult> EvaluateAsync(IDatabaseAsync redis, string channel, string live, int limit, byte[] from) =>
        Script.Presence.EvaluateAsync(
            redis,
            [keys.Members(channel), keys.MemberUsers(channel), keys.MemberSequence(channel), keys.UserState(channel)],
            live,
            limit,
            from,
            MemberEntry.IsOwn(channel));

    private static bool IsAnswer(RedisResult result) => result.Length > 1;

    private static string[] UnknownIn(RedisResult result) => (string[])result[0]!;

    private static PresenceStats ToStats(RedisResult result) => new((long)result[1], (long)result[2]);

    /// <summary>Merges what the incarnations have by the order of connections, which stays when a node gets another incarnation. Returns the cursor of the next page.</summary>
    private static string? Collect(string channel, RedisResult result, int limit, List<ClientInfo> members)
    {
        var share = (int)result[6];
        var parts = (RedisResult[])result[7]!;
        var entries = new List<byte[]>();
        byte[]? end = null; // In front of this one, nothing is missing of any incarnation.
        foreach (var part in parts)
        {
            var found = (byte[][])part!;
            entries.AddRange(found);
            if (found.Length == share && (end is null || Compare(found[^1], end) < 0))
                end = found[^1];
        }

        entries.Sort(Compare);
        byte[]? last = null;
        foreach (var entry in entries)
        {
            if (members.Count == limit || (end is not null && Compare(entry, end) >= 0))
                return Base64Url.EncodeToString(IdOf(last!));
            if (MemberEntry.TryRead(channel, entry.AsSpan(MemberEntry.IncarnationBytes), out var info))
                members.Add(info);
            last = entry;
        }

        return null;
    }

    private static int Compare(byte[] x, byte[] y) => IdOf(x).SequenceCompareTo(IdOf(y));

    private static ReadOnlySpan<byte> IdOf(byte[] entry) => entry.AsSpan(MemberEntry.IncarnationBytes, MemberEntry.IdBytes);

    private static byte[] FromCursor(string cursor)
    {
        Span<byte> id = stackalloc byte[MemberEntry.IdBytes];
        if (!Base64Url.IsValid(cursor, out var length) || length != MemberEntry.IdBytes || !Base64Url.TryDecodeFromChars(cursor, id, out _))
            throw new InvalidCursorException();
        return MemberEntry.IdBehind(new Guid(id, bigEndian: true));
    }
}
