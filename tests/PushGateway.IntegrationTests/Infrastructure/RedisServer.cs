using PushGateway.IntegrationTests.Infrastructure;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>
/// A real Redis. As an assembly fixture it is the one that all tests share (take it as a constructor argument); a test that has to
/// stop, restart or freeze Redis asks <see cref="StartPrivateAsync"/> for one of its own.
/// </summary>
public sealed class RedisServer : IAsyncLifetime
{
    // No snapshots: nothing of the shared server outlives the run, and a fork in the middle of a test only adds noise.
    private static readonly string[] SharedArguments = ["--save", ""];

    private readonly bool _isPrivate;
    private RedisHost? _host;

    /// <summary>Made by xunit, once per assembly.</summary>
    public RedisServer()
    {
    }

    private RedisServer(RedisHost host)
    {
        _host = host;
        _isPrivate = true;
    }

    /// <summary>What StackExchange.Redis connects to; stays the same when a private server is stopped and started again.</summary>
    public string ConnectionString => Host.ConnectionString;

    /// <summary>Where this Redis came from, for people who read the test output.</summary>
    public string Provider => Host.Description;

    private RedisHost Host => _host ?? throw new InvalidOperationException("Redis has not been started.");

    /// <summary>
    /// Starts a Redis for one test, on a port it keeps. It runs with Redis' own defaults, so it saves its data when stopped and has
    /// them again when started; pass <c>--save ""</c> for one that comes back empty.
    /// </summary>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <param name="arguments">Further arguments of redis-server, each option with its leading dashes.</param>
    public static async Task<RedisServer> StartPrivateAsync(CancellationToken cancellationToken, params string[] arguments) =>
        await StartProgramAsync(new RedisProgram(arguments), cancellationToken);

    internal static async Task<RedisServer> StartProgramAsync(RedisProgram program, CancellationToken cancellationToken) =>
        new(await RedisHost.StartPrivateAsync(program, cancellationToken));

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _host = await RedisHost.StartSharedAsync(SharedArguments, TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage("Redis: {0} at {1}", Provider, ConnectionString);
    }

    /// <summary>Stops the server as an operator would: connections are closed, new ones refused.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Private.StopAsync(cancellationToken);

    /// <summary>Starts the stopped server again, at the same address.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => Private.StartAsync(cancellationToken);

    /// <summary>Freezes the server: connections stay open and nothing answers, as in a network partition.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Private.PauseAsync(cancellationToken);

    /// <summary>Lets the frozen server go on.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => Private.ResumeAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }

    // Stopping the shared server would fail other tests, at random and far from the cause.
    private RedisHost Private => _isPrivate
        ? Host
        : throw new InvalidOperationException("All tests share this Redis. Use RedisServer.StartPrivateAsync for one to stop or freeze.");
}
