namespace PushGateway.Benchmarks.Scale;

/// <summary>What was measured, and what follows from it for more. The first row of a table is its head.</summary>
internal static class ScaleTables
{
    // So many notifications to each user an hour, as an example.
    private const double PerUserAndHour = 10;

    // What a node is given in the example: a machine with two cores and the files for it has room for more.
    private const int ConnectionsPerNode = 50_000;

    public static Dictionary<string, string[][]> Of(IReadOnlyList<Reading> steps, IReadOnlyList<Reading> counts) => new()
    {
        ["scale"] = Steps(steps),
        ["scale-latency"] = Latencies(steps),
        ["scale-redis"] = Redis([.. counts, .. steps]),
        ["scale-formulas"] = Formulas(steps, counts),
        ["capacity"] = Capacity(steps, counts),
    };

    private static string[][] Steps(IReadOnlyList<Reading> steps) =>
    [
        ["connections", "nodes", "memory of the nodes, MB", "KB a connection", "CPU at rest, ms a second", "the same for 10,000 connections", "CPU of a delivery to all, µs", "CPU of a post to one, µs"],
        .. steps.Select(step => Row(
            $"{step.Clients:N0}", $"{step.Nodes}", $"{step.MemoryMegabytes:N0}", $"{1024 * step.MemoryMegabytes / step.Clients:N1}", $"{step.RestMilliseconds:N1}",
            $"{step.RestMilliseconds / step.Clients * 10_000:N1}", $"{step.ToAll.CpuMicrosecondsPerDelivery:N2}", $"{step.ToOne.CpuMicroseconds:N0}")),
    ];

    private static string[][] Latencies(IReadOnlyList<Reading> steps) =>
    [
        ["connections", "to one: p50, ms", "p99", "to all: p50, ms", "p99", "until the last has it", "lost"],
        .. steps.Select(step => Row(
            $"{step.Clients:N0}", $"{step.ToOne.Posted.MedianMilliseconds:N2}", $"{step.ToOne.Posted.P99Milliseconds:N2}", $"{step.ToAll.Posted.MedianMilliseconds:N1}",
            $"{step.ToAll.Posted.P99Milliseconds:N1}", $"{step.ToAll.Posted.LastMilliseconds:N1}", $"{step.ToOne.Posted.Lost + step.ToAll.Posted.Lost:N0}")),
    ];

    private static string[][] Redis(IReadOnlyList<Reading> readings) =>
    [
        ["nodes", "channels", "memory, MB", "CPU at rest, ms a second", "commands a second", "bytes a second", "a post to one: CPU, µs", "bytes out", "a post to all: CPU, µs", "bytes out"],
        .. readings.Select(each => Row(
            $"{each.Nodes}", $"{each.Clients + 1:N0}", $"{each.RedisMemoryMegabytes:N1}", $"{each.RedisRestMilliseconds:N1}", $"{each.RedisRestCommands:N1}", $"{each.RedisRestBytes:N0}",
            $"{each.ToOne.RedisMicroseconds:N0}", $"{each.ToOne.RedisBytesOut:N0}", $"{each.ToAll.RedisMicroseconds:N0}", $"{each.ToAll.RedisBytesOut:N0}")),
    ];

    private static string[][] Formulas(IReadOnlyList<Reading> steps, IReadOnlyList<Reading> counts)
    {
        var lines = new Slopes(steps, counts);
        return
        [
            ["", "n connections, k nodes"],
            Row($"memory of {steps[0].Nodes} nodes, MB", $"{lines.Memory.ToText("n")}"),
            Row($"CPU at rest of {steps[0].Nodes} nodes, ms a second", $"{lines.Rest.ToText("n")}"),
            Row($"CPU of a post to one, µs", $"{lines.ToOne:N0}"),
            Row($"CPU of a delivery to all, µs", $"{lines.Delivery:N2}"),
            Row($"memory of Redis, MB", $"{lines.RedisMemory.ToText("n")}"),
            Row($"CPU of Redis at rest, ms a second", $"{lines.RedisRest.ToText("k")}"),
            Row($"CPU of Redis for a post to one, µs", $"{lines.RedisToOne:N0}"),
            Row($"CPU of Redis for a post to all, µs", $"{lines.RedisToAll.ToText("k")}"),
        ];
    }

    private static string[][] Capacity(IReadOnlyList<Reading> steps, IReadOnlyList<Reading> counts)
    {
        var lines = new Slopes(steps, counts);
        return
        [
            [
                "connections (extrapolated)", $"nodes of {Row($"{ConnectionsPerNode:N0}")[0]}", "memory of all nodes, GB", "CPU at rest, cores", "posts a second", "CPU of these, cores", "memory of Redis, GB",
                "CPU of Redis, cores", "CPU of one post to all, s", "the same for each node, s",
            ],
            .. ((int[])[100_000, 250_000, 500_000, 1_000_000]).Select(clients =>
            {
                var nodes = clients / ConnectionsPerNode;
                var posts = clients * PerUserAndHour / 3600;
                var empty = lines.Memory.Start / steps[0].Nodes * nodes;
                var resting = lines.Rest.Start / steps[0].Nodes * nodes;
                return Row(
                    $"{clients:N0}", $"{nodes}", $"{(empty + (lines.Memory.Slope * clients)) / 1024:N1}", $"{(resting + (lines.Rest.Slope * clients)) / 1000:N2}", $"{posts:N0}",
                    $"{posts * lines.ToOne / 1e6:N2}", $"{lines.RedisMemory.At(clients) / 1024:N2}", $"{(lines.RedisRest.At(nodes) / 1000) + (posts * lines.RedisToOne / 1e6):N2}",
                    $"{clients * lines.Delivery / 1e6:N2}", $"{ConnectionsPerNode * lines.Delivery / 1e6:N2}");
            }),
        ];
    }

    private static string[] Row(params FormattableString[] cells) => Array.ConvertAll(cells, FormattableString.Invariant);

    /// <summary>What one more connection, channel or node costs.</summary>
    private sealed class Slopes(IReadOnlyList<Reading> steps, IReadOnlyList<Reading> counts)
    {
        public Line Memory { get; } = By(steps, step => step.Clients, step => step.MemoryMegabytes);

        public Line Rest { get; } = By(steps, step => step.Clients, step => step.RestMilliseconds);

        public Line RedisMemory { get; } = By(steps, step => step.Clients, step => step.RedisMemoryMegabytes);

        public Line RedisRest { get; } = By(counts, each => each.Nodes, each => each.RedisRestMilliseconds);

        public Line RedisToAll { get; } = By(counts, each => each.Nodes, each => each.ToAll.RedisMicroseconds);

        // One of these costs the same however many connections there are.
        public double ToOne { get; } = Median(steps, step => step.ToOne.CpuMicroseconds);

        public double Delivery { get; } = Median(steps, step => step.ToAll.CpuMicrosecondsPerDelivery);

        public double RedisToOne { get; } = Median(steps, step => step.ToOne.RedisMicroseconds);

        private static Line By(IReadOnlyList<Reading> readings, Func<Reading, double> x, Func<Reading, double> y) => Line.Through([.. readings.Select(each => (x(each), y(each)))]);

        private static double Median(IReadOnlyList<Reading> readings, Func<Reading, double> value)
        {
            var values = readings.Select(value).Order().ToArray();
            return values[values.Length / 2];
        }
    }
}
