using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>HAProxy as the documents have it, which besides tells of each session and of its servers.</summary>
internal sealed class HaProxy : IAsyncDisposable
{
    private readonly string _file;
    private readonly ChildProcess _process;
    private readonly HttpClient _statistics;

    // Its log is to be whole: in a file, since HAProxy waits for nobody who reads a pipe, and of one thread, since one that finds the others writing gives its line up.
    private HaProxy(string program, string file, Uri address, Uri statistics)
    {
        (_file, Address) = (file, address);
        _statistics = new HttpClient { BaseAddress = statistics };
        _process = ChildProcess.Start("/bin/sh", ["-c", """exec "$0" -db -f "$1" > "$2" """, program, file, Log]);
    }

    private string Log => _file + ".log";

    /// <summary>Where clients and publishers find it.</summary>
    public Uri Address { get; }

    /// <summary>Starts it in front of nodes, which need not be there yet.</summary>
    public static async Task<HaProxy> StartAsync(IReadOnlyList<Uri> nodes, CancellationToken cancellationToken)
    {
        var program = SearchPath.Demand("haproxy");
        var (address, statistics) = (NodeProcess.FindAddress(), NodeProcess.FindAddress());
        var file = Path.Combine(Path.GetTempPath(), $"pushgateway-{Guid.NewGuid():N}.cfg");
        await File.WriteAllTextAsync(
            file,
            $"""
            global
                nbthread 1

            {BalancerDocument.Read("haproxy", address, nodes)}
            listen statistics
                bind {statistics.Authority}
                stats enable
                stats uri /

            """.Replace("frontend gateway\n", $"frontend gateway\n    log stdout format raw local0\n    log-format {HaProxySession.Format}\n", StringComparison.Ordinal),
            cancellationToken);
        return new HaProxy(program, file, address, statistics);
    }

    /// <summary>Waits until it sends clients to some nodes, by their numbers from 0, and to no others.</summary>
    public async Task ServesAsync(IReadOnlyCollection<int> nodes, CancellationToken cancellationToken)
    {
        var expected = nodes.Order().Select(BalancerDocument.Name).ToArray();
        while (!expected.SequenceEqual(await ReadServersThatAreUpAsync(cancellationToken)))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"HAProxy has ended. It said: {_process.Errors}");
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Waits until so many sessions of clients have ended.</summary>
    public async Task<IReadOnlyCollection<HaProxySession>> SessionsAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The last line may not be whole yet.
            var lines = (await File.ReadAllTextAsync(Log, cancellationToken)).Split('\n')[..^1];
            HaProxySession[] sessions = [.. lines.Select(HaProxySession.Read).OfType<HaProxySession>()];
            if (sessions.Length >= count)
                return sessions;
            await Task.Delay(50, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _statistics.Dispose();
        File.Delete(_file);
        File.Delete(Log);
    }

    private async Task<IEnumerable<string>> ReadServersThatAreUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            var rows = (await _statistics.GetStringAsync(new Uri("/;csv", UriKind.Relative), cancellationToken)).Split('\n').Select(static line => line.Split(',')).ToArray();
            var status = Array.IndexOf(rows[0], "status");
            return [.. rows.Where(row => row[0] == "sockets" && row[status] == "UP" && row[1] != "BACKEND").Select(static row => row[1]).Order(StringComparer.Ordinal)];
        }
        catch (HttpRequestException)
        {
            return []; // It does not listen yet.
        }
    }
}
