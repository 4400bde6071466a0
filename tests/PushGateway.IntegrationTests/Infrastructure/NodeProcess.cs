using System.Text.RegularExpressions;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A gateway node in a process of its own, so that it can be killed.</summary>
internal sealed partial class NodeProcess : IAsyncDisposable
{
    public const string Key = "a-key-of-the-cluster-tests";

    private static readonly string Server = typeof(Program).Assembly.Location;

    private readonly ChildProcess _process;

    private NodeProcess(ChildProcess process, Uri address)
    {
        (_process, Address) = (process, address);
        Http = new HttpClient { BaseAddress = address, DefaultRequestHeaders = { { "X-API-Key", Key } } };
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public string WebSocket => $"ws://{Address.Authority}/connection/websocket";

    /// <summary>Starts a node in Production that everybody may subscribe at, and waits until it listens.</summary>
    public static async Task<NodeProcess> StartAsync(string redis, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(
            "dotnet",
            [Server, "--urls", "http://127.0.0.1:0"],
            [
                ("ASPNETCORE_ENVIRONMENT", "Production"),
                ("PushGateway__Security__ApiKeys__0", Key),
                ("PushGateway__Security__AllowAnonymous", "true"),
                ("PushGateway__Channels__Subscribe", "Anonymous"),
                ("PushGateway__Redis__Connection", redis),
            ]);
        while (true)
            if (ListeningLine().Match(await process.NextLineAsync(cancellationToken)) is { Success: true } listening)
                return new NodeProcess(process, new Uri(listening.Groups[1].Value));
    }

    public Task KillAsync() => _process.KillAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex ListeningLine();
}
