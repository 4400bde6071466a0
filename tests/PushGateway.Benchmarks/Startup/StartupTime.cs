using System.Globalization;

namespace PushGateway.Benchmarks.Startup;

/// <summary>
/// The time from the start of the process to ready, of servers as they were published. They take turns, so that whatever else the machine does is in all of them; medians.
/// </summary>
internal static class StartupTime
{
    private const int DefaultStarts = 10;

    public static async Task<int> RunAsync(string[] args)
    {
        string? redis = null, cores = null;
        var starts = DefaultStarts;
        var folders = new List<string>();
        for (var i = 0; i < args.Length; i++)
            switch (args[i])
            {
                case "--redis" when i + 1 < args.Length: redis = args[++i]; break;
                case "--cores" when i + 1 < args.Length: cores = args[++i]; break;
                case "--starts" when i + 1 < args.Length && int.TryParse(args[++i], CultureInfo.InvariantCulture, out starts) && starts > 0: break;
                case var folder when Directory.Exists(folder): folders.Add(folder); break;
                default: return Usage(args[i]);
            }

        if (folders.Count == 0)
            return Usage("no folder");
        await MeasureAsync(folders, redis, cores, starts);
        return 0;
    }

    private static int Usage(string what)
    {
        Console.Error.WriteLine($"{what}: say where servers were published to: startup [--redis HOST:PORT] [--cores 0,1] [--starts {DefaultStarts}] FOLDER...");
        return 2;
    }

    private static async Task MeasureAsync(List<string> folders, string? redis, string? cores, int starts)
    {
        // Once unseen, so that the files are in memory.
        foreach (var folder in folders)
            await Start.MeasureAsync(folder, redis, cores);

        var seen = folders.ConvertAll(_ => new List<Start>());
        for (var i = 0; i < starts; i++)
            for (var j = 0; j < folders.Count; j++)
                seen[j].Add(await Start.MeasureAsync(folders[j], redis, cores));

        Console.WriteLine($"Medians of {starts} starts, {(redis is null ? "a node on its own" : "with Redis")}, {(cores is null ? "all cores" : $"cores {cores}")}.");
        Console.WriteLine();
        Console.WriteLine("| published to | ready after, ms | at most, ms | CPU, ms | memory at rest, MB | of its own, MB | files, MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        for (var j = 0; j < folders.Count; j++)
            Console.WriteLine(FormattableString.Invariant(
                $"| {Path.GetFileName(Path.TrimEndingDirectorySeparator(folders[j]))} | {Median(seen[j], start => start.Ready.TotalMilliseconds):0} | {seen[j].Max(start => start.Ready.TotalMilliseconds):0} | {Median(seen[j], start => start.Cpu.TotalMilliseconds):0} | {Median(seen[j], start => start.ResidentBytes) / 1e6:0.0} | {Median(seen[j], start => start.OwnBytes) / 1e6:0.0} | {Size(folders[j]) / 1e6:0.0} |"));
    }

    private static double Median(List<Start> starts, Func<Start, double> figure) => starts.Select(figure).Order().ElementAt(starts.Count / 2);

    // Symbols and documentation are not needed where it runs.
    private static long Size(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetExtension(file) is not (".pdb" or ".dbg" or ".xml"))
        .Sum(file => new FileInfo(file).Length);
}
