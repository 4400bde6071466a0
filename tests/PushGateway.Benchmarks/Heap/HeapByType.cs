using System.Globalization;
using Microsoft.Diagnostics.Runtime;

namespace PushGateway.Benchmarks.Heap;

/// <summary>What lies on the managed heap of a node that runs, by type and for each of its connections. The node stands still meanwhile.</summary>
internal static class HeapByType
{
    private const int Rows = 30;

    public static int Run(string[] args)
    {
        if (args is not ["--pid", var pid, "--connections", var connections]
            || !int.TryParse(pid, CultureInfo.InvariantCulture, out var process)
            || !int.TryParse(connections, CultureInfo.InvariantCulture, out var count) || count < 1)
        {
            Console.Error.WriteLine("Usage: heap --pid PID --connections N");
            return 2;
        }

        using var target = DataTarget.AttachToProcess(process, suspend: true);
        using var runtime = target.ClrVersions[0].CreateRuntime();
        var types = new Dictionary<string, (long Objects, long Bytes)>(StringComparer.Ordinal);
        long used = 0, free = 0;
        foreach (var found in runtime.Heap.EnumerateObjects())
        {
            var size = (long)found.Size;
            if (found.IsFree)
            {
                free += size;
                continue;
            }

            used += size;
            var name = found.Type?.Name ?? "?";
            var (objects, bytes) = types.GetValueOrDefault(name);
            types[name] = (objects + 1, bytes + size);
        }

        Console.WriteLine($"| bytes a connection | objects | type |\n|---:|---:|---|\n| {(double)used / count:N0} | | all in use |\n| {(double)free / count:N0} | | free |");
        foreach (var (name, (objects, bytes)) in types.OrderByDescending(type => type.Value.Bytes).Take(Rows))
            Console.WriteLine($"| {(double)bytes / count:N1} | {(double)objects / count:N2} | `{name}` |");
        return 0;
    }
}
