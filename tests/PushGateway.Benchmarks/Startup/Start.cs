using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PushGateway.Benchmarks.Startup;

/// <summary>One start of a published server, from nothing to ready.</summary>
/// <param name="Ready">Until <c>/health/ready</c> was first answered with 200.</param>
/// <param name="Cpu">CPU time of the server until then.</param>
/// <param name="ResidentBytes">Its memory at rest, shared pages of files included.</param>
/// <param name="OwnBytes">Of that, what it shares with no other process.</param>
internal readonly record struct Start(TimeSpan Ready, TimeSpan Cpu, long ResidentBytes, long OwnBytes)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), BetweenQuestions = TimeSpan.FromMilliseconds(2), Rest = TimeSpan.FromMilliseconds(500);

    /// <summary>Starts the server of a folder, waits until it is ready, and ends it.</summary>
    /// <param name="folder">Where it was published to.</param>
    /// <param name="redis">The Redis of the node; null for a node on its own.</param>
    /// <param name="cores">The cores it may use, as <c>taskset</c> names them; null for all.</param>
    public static async Task<Start> MeasureAsync(string folder, string? redis, string? cores)
    {
        var port = FindPort();
        using var http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")), Timeout = Patience };
        var start = Command(folder, redis, cores, http.BaseAddress.OriginalString);
        var watch = Stopwatch.StartNew();
        using var server = Process.Start(start)!;
        try
        {
            server.OutputDataReceived += (_, _) => { };
            server.BeginOutputReadLine();
            while (!await IsReadyAsync(http))
            {
                if (server.HasExited || watch.Elapsed > Patience)
                    throw new InvalidOperationException($"The server in {folder} does not become ready.");
                await Task.Delay(BetweenQuestions);
            }

            var ready = watch.Elapsed;
            server.Refresh();
            var cpu = server.TotalProcessorTime;
            await Task.Delay(Rest);
            return new Start(ready, cpu, ReadMemory(server.Id, "VmRSS:"), ReadMemory(server.Id, "RssAnon:"));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static ProcessStartInfo Command(string folder, string? redis, string? cores, string address)
    {
        var (library, program) = (Path.Combine(folder, "PushGateway.Server.dll"), Path.Combine(folder, "PushGateway.Server"));
        // A native program is published without libraries.
        string[] command = File.Exists(library) ? ["dotnet", library] : [program];
        if (cores is not null)
            command = ["taskset", "-c", cores, .. command];
        var start = new ProcessStartInfo(command[0], [.. command[1..], "--urls", address])
        {
            RedirectStandardOutput = true,
            Environment = { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["PushGateway__Security__ApiKeys__0"] = "a-key-that-nobody-uses" },
        };
        if (redis is not null)
            start.Environment["PushGateway__Redis__Connection"] = redis;
        return start;
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static long ReadMemory(int process, string entry)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(entry, StringComparison.Ordinal));
        return 1024 * long.Parse(line[entry.Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture);
    }

    private static int FindPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
