using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PushGateway.Benchmarks.Presence;

namespace PushGateway.Benchmarks.Scale;

/// <summary>Measures at each step, and computes from the slopes what more would cost.</summary>
internal static class ScaleCommand
{
    private const double OnePerSecond = 100;

    private const int OneCount = 1000, OneWarmUp = 300, AllWarmUp = 3;

    // Posts to all: at a rate that leaves the machine time to rest in between, for a quarter of a minute or until there are enough for a median.
    private const double DeliveriesPerSecond = 20_000, MostAllPerSecond = 20, AllSeconds = 15;

    private const int LeastAll = 8;

    // A client is pinged first within an interval, and a dead node is forgotten before.
    private static readonly TimeSpan Settling = new PushGatewayOptions().Connections.PingInterval, Forgetting = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--help" or "-h", ..])
        {
            Console.WriteLine(ScaleOptions.Help);
            return 0;
        }

        ScaleOptions options;
        try
        {
            options = ScaleOptions.Read(args);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{ScaleOptions.Help}");
            return 2;
        }

        await using var redis = await RedisMeter.ConnectAsync(options.Redis);
        var steps = await MeasureStepsAsync(options, redis);
        var counts = await MeasureNodeCountsAsync(options, redis);
        var tables = ScaleTables.Of(steps, counts);
        foreach (var (name, rows) in tables)
            Print(name, rows);
        if (options.JsonFile is { } file)
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { tables }, Json) + "\n");
        return steps.Concat(counts).All(reading => reading is { ToOne.Posted: { Lost: 0, Refused: 0 }, ToAll.Posted: { Lost: 0, Refused: 0 } }) ? 0 : 1;
    }

    private static async Task<List<Reading>> MeasureStepsAsync(ScaleOptions options, RedisMeter redis)
    {
        List<Reading> readings = [];
        using var gathering = await Gathering.StartAsync(options.Nodes, options.Redis);
        foreach (var clients in options.Steps)
            readings.Add(await MeasureAsync(gathering, clients, options, redis));
        return readings;
    }

    private static async Task<List<Reading>> MeasureNodeCountsAsync(ScaleOptions options, RedisMeter redis)
    {
        List<Reading> readings = [];
        foreach (var nodes in options.NodeCounts)
        {
            await Task.Delay(Forgetting);
            using var gathering = await Gathering.StartAsync(nodes, options.Redis);
            readings.Add(await MeasureAsync(gathering, options.Same, options, redis));
        }

        return readings;
    }

    private static async Task<Reading> MeasureAsync(Gathering gathering, int clients, ScaleOptions options, RedisMeter redis)
    {
        await Console.Error.WriteLineAsync($"{clients} connections on {gathering.Nodes} nodes");
        await gathering.GrowToAsync(clients);

        // What is done for the first time is compiled, which goes on in the background and would count as rest.
        await gathering.PublishAsync(toAll: false, OnePerSecond, OneWarmUp);
        await gathering.PublishAsync(toAll: true, 1, AllWarmUp);
        await Task.Delay(Settling);
        var cpu = gathering.Meter.CpuTime;
        var rest = await redis.MeasureAsync(() => Task.Delay(options.Rest));
        var restCpu = (gathering.Meter.CpuTime - cpu) / rest.Seconds;
        await gathering.CheckAsync();
        var allPerSecond = Math.Min(DeliveriesPerSecond / clients, MostAllPerSecond);
        var allCount = Math.Max(LeastAll, (int)(allPerSecond * AllSeconds));
        return new Reading(gathering.Nodes, clients)
        {
            MemoryMegabytes = gathering.Meter.Memory.Proportional / 1048576.0,
            RestMilliseconds = restCpu.TotalMilliseconds,
            RedisMemoryMegabytes = await redis.MemoryAsync() / 1048576.0,
            RedisRestMilliseconds = rest.CpuMicroseconds / rest.Seconds / 1000,
            RedisRestCommands = rest.Commands / rest.Seconds,
            RedisRestBytes = (rest.BytesIn + rest.BytesOut) / rest.Seconds,
            ToOne = await PostAsync(gathering, redis, restCpu, rest, toAll: false, OnePerSecond, OneWarmUp, OneCount),
            ToAll = await PostAsync(gathering, redis, restCpu, rest, toAll: true, allPerSecond, AllWarmUp, allCount),
        };
    }

    private static async Task<PostReading> PostAsync(Gathering gathering, RedisMeter redis, TimeSpan restCpu, RedisWork rest, bool toAll, double perSecond, int warmUp, int count)
    {
        await gathering.PublishAsync(toAll, perSecond, warmUp);
        Posted posted = null!;
        var cpu = gathering.Meter.CpuTime;
        var watch = Stopwatch.StartNew();
        var work = await redis.MeasureAsync(async () => posted = await gathering.PublishAsync(toAll, perSecond, count));
        var used = gathering.Meter.CpuTime - cpu - (restCpu * watch.Elapsed.TotalSeconds);
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"  to {(toAll ? "all" : "one")}: {posted.Delivered} delivered, {posted.Lost} lost, p50 {posted.MedianMilliseconds:0.00} ms, last {posted.LastMilliseconds:0.00} ms"));
        var resting = work.Seconds / rest.Seconds;
        return new PostReading(
            posted, used.TotalMicroseconds / count, (work.CpuMicroseconds - (resting * rest.CpuMicroseconds)) / count, (work.BytesOut - (resting * rest.BytesOut)) / count);
    }

    private static void Print(string name, string[][] rows)
    {
        Console.WriteLine($"\n{name}\n");
        Console.WriteLine($"| {string.Join(" | ", rows[0])} |");
        Console.WriteLine($"|{string.Concat(rows[0].Select(_ => "---|"))}");
        foreach (var row in rows[1..])
            Console.WriteLine($"| {string.Join(" | ", row)} |");
    }
}
