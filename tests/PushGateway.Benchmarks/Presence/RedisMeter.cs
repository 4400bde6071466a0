using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace PushGateway.Benchmarks.Presence;

/// <summary>What a Redis has done, by its own counters. It must have nothing else to do.</summary>
internal sealed class RedisMeter : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _redis;
    private RedisWork _ownWork;

    private RedisMeter(ConnectionMultiplexer redis) => _redis = redis;

    public IDatabase Database => _redis.GetDatabase();

    public static async Task<RedisMeter> ConnectAsync(string redis)
    {
        var meter = new RedisMeter(await ConnectionMultiplexer.ConnectAsync($"{redis},allowAdmin=true"));
        await meter.ReadAsync();
        var first = await meter.ReadAsync();
        meter._ownWork = await meter.ReadAsync() - first;
        return meter;
    }

    /// <summary>What Redis does meanwhile, apart from being asked for it.</summary>
    public async Task<RedisWork> MeasureAsync(Func<Task> work)
    {
        var before = await ReadAsync();
        var watch = Stopwatch.StartNew();
        await work();
        var seconds = watch.Elapsed.TotalSeconds;
        return (await ReadAsync() - before - _ownWork) with { Seconds = seconds };
    }

    /// <summary>The bytes it has allocated now.</summary>
    public async Task<double> MemoryAsync() => Number(await InfoAsync("memory"), "used_memory");

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    private async Task<RedisWork> ReadAsync()
    {
        var numbers = await InfoAsync("stats", "cpu");
        return new RedisWork(
            Number(numbers, "total_commands_processed"),
            Number(numbers, "total_net_input_bytes"),
            Number(numbers, "total_net_output_bytes"),
            1e6 * (Number(numbers, "used_cpu_user") + Number(numbers, "used_cpu_sys")));
    }

    private async Task<Dictionary<string, string>> InfoAsync(params object[] sections)
    {
        var text = (string)(await Database.ExecuteAsync("INFO", sections))!;
        return text.Split("\r\n").Select(line => line.Split(':')).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    private static double Number(Dictionary<string, string> numbers, string name) => double.Parse(numbers[name], CultureInfo.InvariantCulture);
}

/// <summary>Work of a Redis.</summary>
/// <param name="Commands">Commands, those within scripts included.</param>
/// <param name="BytesIn">What was sent to it.</param>
/// <param name="BytesOut">What it sent.</param>
/// <param name="CpuMicroseconds">CPU time.</param>
/// <param name="Seconds">In what time.</param>
internal readonly record struct RedisWork(double Commands, double BytesIn, double BytesOut, double CpuMicroseconds, double Seconds = 0)
{
    public static RedisWork operator -(RedisWork left, RedisWork right) =>
        new(left.Commands - right.Commands, left.BytesIn - right.BytesIn, left.BytesOut - right.BytesOut, left.CpuMicroseconds - right.CpuMicroseconds);

    /// <summary>Cells of a table: what it was in a second.</summary>
    public string PerSecond() => FormattableString.Invariant(
        $"{Commands / Seconds:#,0.0} | {BytesIn / Seconds:#,0} | {BytesOut / Seconds:#,0} | {CpuMicroseconds / Seconds / 1000:0.0}");

    /// <summary>Cells of a table: what each of so many times took.</summary>
    public string Each(int times) => FormattableString.Invariant(
        $"{CpuMicroseconds / times:#,0} | {Commands / times:0.#} | {BytesIn / times:#,0} | {BytesOut / times:#,0}");
}
