using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Benchmarks.RedisSubscriptions;

/// <summary>A process that subscribes in one way and says what it cost. It takes orders by standard input: nothing else shares its memory and CPU time.</summary>
internal static class Receiver
{
    public const string Command = "redis-subscriptions-receiver";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static async Task<int> RunAsync(string[] args)
    {
        var check = new OrderCheck();
        await using var variant = await Variant.ConnectAsync(args[0], args[1], check);
        var subscribed = 0;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            var number = int.Parse(words[1], CultureInfo.InvariantCulture);
            switch (words[0])
            {
                case "subscribe":
                    Say(await SubscribeAsync(variant, subscribed, number));
                    subscribed = number;
                    break;
                case "receive":
                    check.Reset(int.Parse(words[2], CultureInfo.InvariantCulture));
                    var before = Cost.Now();
                    Say("ready");
                    await WaitForAsync(check, number);
                    var (cpu, allocated) = Cost.Now() - before;
                    Say(FormattableString.Invariant($"{check.Seen} {check.Late} {cpu.TotalMicroseconds / number:F2} {(double)allocated / number:F0}"));
                    break;
            }
        }

        return 0;
    }

    private static async Task<string> SubscribeAsync(Variant variant, int from, int to)
    {
        // The names exist anyway, in the hub: they are no cost of the subscription.
        var names = Enumerable.Range(from, to - from).Select(Flood.ChannelName).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(names.Select(variant.SubscribeAsync));
        var elapsed = watch.Elapsed;
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)names.Length;
        GC.KeepAlive(names);
        GC.KeepAlive(variant);
        return FormattableString.Invariant($"{bytes:F0} {elapsed.TotalMilliseconds:F0}");
    }

    private static async Task WaitForAsync(OrderCheck check, int count)
    {
        var progress = Stopwatch.StartNew();
        for (var seen = -1; check.Seen < count && progress.Elapsed < Patience; await Task.Delay(5))
            if (seen != check.Seen)
            {
                seen = check.Seen;
                progress.Restart();
            }
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private readonly record struct Cost(TimeSpan Cpu, long Allocated)
    {
        public static Cost Now() => new(Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true));

        public static Cost operator -(Cost after, Cost before) => new(after.Cpu - before.Cpu, after.Allocated - before.Allocated);
    }
}
