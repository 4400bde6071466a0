using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Benchmarks.RedisSubscriptions;

/// <summary>Runs every variant in a process of its own against one Redis, in turns, and prints the medians side by side.</summary>
internal static class Comparison
{
    private const int Rounds = 3;
    private const int Messages = 100_000;
    private const int SteadyMessages = 4_000;
    private const int SteadyRate = 1_000;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--redis", var redis])
        {
            Console.Error.WriteLine("Say which Redis to use: --redis HOST:PORT");
            return 2;
        }

        var results = new Dictionary<(string Row, string Variant), List<double>>();
        for (var round = 1; round <= Rounds; round++)
            foreach (var variant in Variant.All)
            {
                Console.Error.WriteLine($"round {round} of {Rounds}: {variant}");
                await MeasureAsync(redis, variant, (row, value) =>
                {
                    if (!results.TryGetValue((row, variant), out var values))
                        results[(row, variant)] = values = [];
                    values.Add(value);
                });
            }

        Print(results);
        return 0;
    }

    private static async Task MeasureAsync(string redis, string variant, Action<string, double> add)
    {
        using var receiver = Itself.Start(Receiver.Command, variant, redis);
        await using var flood = new Flood(redis);
        await flood.ConnectAsync();

        foreach (var channels in (int[])[10_000, 100_000])
        {
            var cost = await AskAsync(receiver, $"subscribe {channels}");
            add($"bytes a channel, {channels:N0} channels", cost[0]);
            add($"ms to subscribe up to {channels:N0} channels", cost[1]);
        }

        // The first burst compiles the code; it is not counted.
        await ReceiveAsync(Messages, 10, 0, "");
        await ReceiveAsync(Messages, 10, 0, $"burst of {Messages:N0}, 10 channels");
        await ReceiveAsync(Messages, 1_000, 0, $"burst of {Messages:N0}, 1,000 channels");
        await ReceiveAsync(SteadyMessages, 1_000, SteadyRate, $"{SteadyRate:N0} a second, 1,000 channels");
        receiver.StandardInput.Close();
        await receiver.WaitForExitAsync();

        async Task ReceiveAsync(int count, int channels, int rate, string row)
        {
            await receiver.StandardInput.WriteLineAsync($"receive {count} {channels}");
            await receiver.StandardOutput.ReadLineAsync();
            await flood.PublishAsync(count, channels, rate);
            var cost = Numbers(await receiver.StandardOutput.ReadLineAsync());
            if (row.Length == 0)
                return;
            add($"{row}: lost", count - cost[0]);
            add($"{row}: out of order", cost[1]);
            add($"{row}: CPU µs a message", cost[2]);
            add($"{row}: bytes allocated a message", cost[3]);
        }
    }

    private static async Task<double[]> AskAsync(Process receiver, string order)
    {
        await receiver.StandardInput.WriteLineAsync(order);
        return Numbers(await receiver.StandardOutput.ReadLineAsync());
    }

    private static double[] Numbers(string? line) =>
        [.. (line ?? throw new InvalidOperationException("The receiver died.")).Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

    private static void Print(Dictionary<(string Row, string Variant), List<double>> results)
    {
        Console.WriteLine($"| median of {Rounds} (lowest to highest) | StackExchange.Redis, handler | StackExchange.Redis, ChannelMessageQueue | own connection |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var row in results.Keys.Select(key => key.Row).Distinct())
            Console.WriteLine($"| {row} | {string.Join(" | ", Variant.All.Select(variant => Show(results[(row, variant)])))} |");
    }

    private static string Show(List<double> values)
    {
        values.Sort();
        return FormattableString.Invariant($"{values[values.Count / 2]:0.##} ({values[0]:0.##} to {values[^1]:0.##})");
    }
}
