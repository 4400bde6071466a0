using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Benchmarks.Pings;

/// <summary>Nodes with idle clients, and what they have used so far.</summary>
internal sealed class Nodes : IDisposable
{
    // A process may have 20,000 files open on usual machines, and the sources of one address are 28,000 ports.
    private const int MaxPerProcess = 19_500;

    private readonly List<NodeProcess> _nodes = [];
    private readonly List<Process> _herds = [];

    public int Count => _nodes.Count;

    public static async Task<Nodes> StartAsync(int connections, TimeSpan pingInterval)
    {
        var nodes = new Nodes();
        var count = (connections + MaxPerProcess - 1) / MaxPerProcess;
        for (var i = 0; i < count; i++)
        {
            var node = await NodeProcess.StartAsync(pingInterval);
            nodes._nodes.Add(node);
            nodes._herds.Add(Itself.Start(Herd.Command, $"127.0.0.{i + 2}", Text(node.Port), Text((connections / count) + (i < connections % count ? 1 : 0))));
        }

        foreach (var herd in nodes._herds)
            await herd.StandardOutput.ReadLineAsync();
        return nodes;
    }

    /// <summary>What has been used and answered so far.</summary>
    public async Task<(TimeSpan Cpu, long Pings)> ReadAsync()
    {
        long pings = 0;
        foreach (var herd in _herds)
        {
            await herd.StandardInput.WriteLineAsync("how many");
            pings += long.Parse((await herd.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        }

        return (_nodes.Aggregate(TimeSpan.Zero, (sum, node) => sum + node.CpuTime), pings);
    }

    public void Dispose()
    {
        foreach (var herd in _herds)
        {
            herd.Kill();
            herd.Dispose();
        }

        foreach (var node in _nodes)
            node.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
