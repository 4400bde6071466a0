using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace PushGateway.Benchmarks.Presence;

/// <summary>
/// Presence as it is usually kept: each member's entry is written again by a timer, so that entries of servers that died run out. One script for each, as kind as can be.
/// </summary>
internal sealed class RefreshByTimer(IDatabase redis, IReadOnlyList<(string Channel, string User, Guid Connection)> members)
{
    /// <summary>The usual interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(25);

    private const string Script =
        """
        redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
        redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
        redis.call('EXPIRE', KEYS[1], 60)
        redis.call('EXPIRE', KEYS[2], 60)
        """;

    private readonly byte[] _hash = Convert.FromHexString((string)redis.Execute("SCRIPT", "LOAD", Script)!);

    /// <summary>Writes all entries for the first time.</summary>
    public async Task JoinAsync()
    {
        foreach (var part in members.Chunk(1000))
            await Task.WhenAll(part.Select(WriteAsync));
    }

    /// <summary>Writes each entry once, evenly over the interval.</summary>
    public async Task RunAsync()
    {
        var watch = Stopwatch.StartNew();
        var writes = new List<Task>();
        for (var written = 0; written < members.Count; await Task.Delay(10))
            for (; written < Math.Min(members.Count, members.Count * (watch.Elapsed / Interval)); written++)
                writes.Add(WriteAsync(members[written]));
        await Task.WhenAll(writes);
    }

    /// <summary>Removes everything.</summary>
    public Task ClearAsync() => redis.KeyDeleteAsync([.. members.Select(member => member.Channel).Distinct().SelectMany(Keys)]);

    private Task WriteAsync((string Channel, string User, Guid Connection) member)
    {
        var client = member.Connection.ToString();
        var expires = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60;
        return redis.ScriptEvaluateAsync(_hash, Keys(member.Channel), [expires, client, string.Create(CultureInfo.InvariantCulture, $$"""{"user":"{{member.User}}","client":"{{client}}"}""")]);
    }

    private static RedisKey[] Keys(string channel) => [$"refresh:z:{{{channel}}}", $"refresh:h:{{{channel}}}"];
}
