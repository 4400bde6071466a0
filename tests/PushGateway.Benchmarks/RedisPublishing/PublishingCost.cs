using System.Diagnostics;
using PushGateway.Benchmarks.Presence;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Benchmarks.RedisPublishing;

/// <summary>
/// Publishes by StackExchange.Redis and by the gateway's own connection in turns, and prints what a publication costs this process and Redis. Nobody is subscribed. This process
/// should have a core of its own (taskset), and Redis another.
/// </summary>
internal static class PublishingCost
{
    private const int Rounds = 3;
    private const int PayloadBytes = 256;
    private const int Channels = 1_000;

    private static readonly PublishOptions Kept = new(new HistoryLimits(100, TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)));
    private static readonly Publication Publication = new(new byte[PayloadBytes]);
    private static readonly string[] Names = [.. Enumerable.Range(0, Channels).Select(i => $"#{i}")];

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--redis", var redis])
        {
            Console.Error.WriteLine("Say which Redis to use: --redis HOST:PORT");
            return 2;
        }

        await using var meter = await RedisMeter.ConnectAsync(redis);
        var results = new Dictionary<string, List<Cost>>();
        for (var round = 1; round <= Rounds; round++)
            foreach (var own in (bool[])[false, true])
            {
                Console.Error.WriteLine($"round {round} of {Rounds}: {(own ? "own connection" : "StackExchange.Redis")}");
                await using var publisher = await Publisher.ConnectAsync(redis, own);
                foreach (var (kind, options) in new[] { ("plain", PublishOptions.Default), ("with history", Kept) })
                    foreach (var inFlight in (int[])[1, 32])
                    {
                        var count = inFlight == 1 ? 5_000 : 50_000;
                        await PublishAsync(publisher.Broker, options, inFlight, count / 2); // Compiles the code; not counted.
                        var cost = await MeasureAsync(meter, publisher.Broker, options, inFlight, count);
                        var row = $"{(own ? "own connection" : "StackExchange.Redis")} | {kind} | {inFlight}";
                        if (!results.TryGetValue(row, out var costs))
                            results[row] = costs = [];
                        costs.Add(cost);
                    }
            }

        Console.WriteLine("| way | kind | in flight | CPU µs | bytes allocated | a second | Redis: CPU µs | bytes in | bytes out |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (row, costs) in results.OrderBy(pair => pair.Key.Split(" | ", 2)[1], StringComparer.Ordinal))
            Console.WriteLine($"| {row} | {costs.OrderBy(cost => cost.Cpu).ElementAt(Rounds / 2)} |");
        return 0;
    }

    private static async Task<Cost> MeasureAsync(RedisMeter meter, IBroker broker, PublishOptions options, int inFlight, int count)
    {
        var (cpu, allocated, seconds) = (0.0, 0L, 0.0);
        var work = await meter.MeasureAsync(async () =>
        {
            var process = Process.GetCurrentProcess();
            var (cpuBefore, allocatedBefore, watch) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
            await PublishAsync(broker, options, inFlight, count);
            process.Refresh();
            (cpu, allocated, seconds) = ((process.TotalProcessorTime - cpuBefore).TotalMicroseconds, GC.GetTotalAllocatedBytes() - allocatedBefore, watch.Elapsed.TotalSeconds);
        });
        return new Cost(cpu / count, (double)allocated / count, count / seconds, work.CpuMicroseconds / count, work.BytesIn / count, work.BytesOut / count);
    }

    private static Task PublishAsync(IBroker broker, PublishOptions options, int inFlight, int count) =>
        Task.WhenAll(Enumerable.Range(0, inFlight).Select(publisher => Task.Run(async () =>
        {
            for (var i = publisher; i < count; i += inFlight)
                await broker.PublishAsync(Names[i % Channels], Publication, options, CancellationToken.None);
        })));

    private readonly record struct Cost(double Cpu, double Allocated, double Rate, double RedisCpu, double BytesIn, double BytesOut)
    {
        public override string ToString() => FormattableString.Invariant($"{Cpu:0.0} | {Allocated:0} | {Rate:#,0} | {RedisCpu:0.0} | {BytesIn:0} | {BytesOut:0}");
    }
}
