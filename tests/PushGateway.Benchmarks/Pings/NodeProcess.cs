using System.Diagnostics;
using System.Globalization;

namespace PushGateway.Benchmarks.Pings;

/// <summary>A node on its own, with default settings but for the interval of its pings, and open to everybody.</summary>
internal sealed class NodeProcess : IDisposable
{
    /// <summary>The key of its API.</summary>
    public const string Key = "the-key-of-the-benchmarks";

    private const string Listening = "Now listening on: ";

    private readonly Process _process;

    private NodeProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public int Port { get; private set; }

    /// <summary>The CPU time it has used so far.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<NodeProcess> StartAsync(TimeSpan pingInterval, string? redis = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "PushGateway.Server.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["PushGateway__Security__ApiKeys__0"] = Key,
                ["PushGateway__Security__AllowAnonymous"] = "true",
                ["PushGateway__Channels__Subscribe"] = "Anonymous",
                ["PushGateway__Redis__Connection"] = redis ?? "",
                ["PushGateway__Connections__HandshakesPerSecond"] = "0",
                ["PushGateway__Connections__PingInterval"] = pingInterval.ToString("c", CultureInfo.InvariantCulture),
            },
        };
        var node = new NodeProcess(Process.Start(start)!);
        while (node.Port == 0)
        {
            var line = await node._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The node ended.");
            if (line.Contains(Listening, StringComparison.Ordinal))
                node.Port = new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Split('"')[0]).Port;
        }

        _ = node._process.StandardOutput.BaseStream.CopyToAsync(Stream.Null); // A full pipe would stop it.
        return node;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }
}
