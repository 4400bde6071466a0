using System.Diagnostics;

namespace PushGateway.Benchmarks.Pings;

/// <summary>
/// What pings cost: the same idle connections at nodes that ping every 25 seconds, as they do by default, and at nodes that do not. Both at the same time, so that whatever else the
/// machine does is in both.
/// </summary>
internal static class PingCost
{
    private static readonly TimeSpan Default = new PushGatewayOptions().Connections.PingInterval;

    // The longest there is: nobody is pinged while it is measured.
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    // Behind the first round, which is spread at random, each client is pinged once in each interval.
    private static readonly TimeSpan Settling = Default, Period = 4 * Default;

    public static async Task<int> RunAsync()
    {
        Console.WriteLine($"Pings every {Default.TotalSeconds:0} s; CPU time of nodes over {Period.TotalSeconds:0} s; {Environment.ProcessorCount} cores.");
        Console.WriteLine();
        Console.WriteLine("| idle connections | nodes | pings a second | CPU without pings, ms a second | CPU with pings, ms a second | CPU of a ping and its pong, µs |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (var connections in (int[])[1_000, 10_000, 20_000])
            await MeasureAsync(connections);
        return 0;
    }

    private static async Task MeasureAsync(int connections)
    {
        using var silent = await Nodes.StartAsync(connections, Never);
        using var pinging = await Nodes.StartAsync(connections, Default);
        await Task.Delay(Settling);

        var watch = Stopwatch.StartNew();
        var (silentBefore, pingingBefore) = (await silent.ReadAsync(), await pinging.ReadAsync());
        await Task.Delay(Period);
        var (silentAfter, pingingAfter) = (await silent.ReadAsync(), await pinging.ReadAsync());
        var seconds = watch.Elapsed.TotalSeconds;

        var (without, with) = (silentAfter.Cpu - silentBefore.Cpu, pingingAfter.Cpu - pingingBefore.Cpu);
        var pings = pingingAfter.Pings - pingingBefore.Pings;
        Console.WriteLine(FormattableString.Invariant(
            $"| {connections:N0} | {pinging.Count} | {pings / seconds:0} | {without.TotalMilliseconds / seconds:0.0} | {with.TotalMilliseconds / seconds:0.0} | {(with - without).TotalMicroseconds / pings:0.0} |"));
    }
}
