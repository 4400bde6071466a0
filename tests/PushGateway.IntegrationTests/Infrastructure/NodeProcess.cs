using System.Globalization;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A gateway node in a process of its own, so that it can be killed. It comes back at the same address.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    public const string Key = "a-key-of-the-cluster-tests";

    private const string Listening = "Now listening on: ";

    private static readonly string Server = typeof(Program).Assembly.Location;

    private readonly (string, string)[] _environment;
    private ChildProcess? _process;

    private NodeProcess(Uri address, string redis, IEnumerable<(string Key, string Value)> settings)
    {
        Address = address;
        Http = new HttpClient { BaseAddress = Address, DefaultRequestHeaders = { { "X-API-Key", Key } } };
        _environment =
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("PushGateway__Security__ApiKeys__0", Key),
            ("PushGateway__Security__AllowAnonymous", "true"),
            ("PushGateway__Channels__Subscribe", "Anonymous"),
            ("PushGateway__Redis__Connection", redis),
            .. settings.Select(setting => (setting.Key.Replace(":", "__", StringComparison.Ordinal), setting.Value)),
        ];
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public string WebSocket => $"ws://{Address.Authority}/connection/websocket";

    /// <summary>Starts a node in Production that everybody may subscribe at, and waits until it listens.</summary>
    /// <param name="redis">The connection string of its Redis; empty for a node on its own.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <param name="settings">Further settings, such as <c>("PushGateway:Namespaces:kept:HistorySize", "1000")</c>.</param>
    public static Task<NodeProcess> StartAsync(string redis, CancellationToken cancellationToken, params (string Key, string Value)[] settings) =>
        StartAtAsync(FindAddress(), redis, cancellationToken, settings);

    /// <summary>The same at an address that was found before.</summary>
    public static async Task<NodeProcess> StartAtAsync(Uri address, string redis, CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var node = new NodeProcess(address, redis, settings);
        try
        {
            await node.StartAgainAsync(cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>An address of this machine at which nobody listens.</summary>
    public static Uri FindAddress() => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{RedisHost.FindPort()}/"));

    /// <summary>Starts the node that was ended, and waits until it listens.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = ChildProcess.Start("dotnet", [Server, "--urls", Address.OriginalString], _environment);
        while (!(await _process.NextLineAsync(cancellationToken)).Contains(Listening, StringComparison.Ordinal))
        {
            // It says other things before.
        }
    }

    /// <summary>Ends it as an unplugged machine would.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Lets it stand still, as a machine does that is suspended.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => _process!.PauseAsync(cancellationToken);

    /// <summary>Lets it go on.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => _process!.ResumeAsync(cancellationToken);

    /// <summary>Asks it to leave, and does not wait.</summary>
    public Task AskToEndAsync(CancellationToken cancellationToken) => _process!.AskToEndAsync(cancellationToken);

    /// <summary>Waits until it has left, and returns its exit code.</summary>
    public Task<int> ExitAsync(CancellationToken cancellationToken) => _process!.ExitAsync(cancellationToken);

    /// <summary>Ends it as a supervisor would, and waits until it has left.</summary>
    public Task<int> TerminateAsync(CancellationToken cancellationToken) => _process!.TerminateAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
    }
}
