using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>One server of several, and an operator's connection to it alone.</summary>
internal sealed class RedisMember : IAsyncDisposable
{
    private const int Attempts = 50;

    private readonly RedisServer _server;
    private bool _isSentinel;
    private ConnectionMultiplexer? _redis;

    private RedisMember(RedisServer server) => _server = server;

    public IPEndPoint EndPoint => IPEndPoint.Parse(_server.ConnectionString);

    /// <summary>Where the nodes of a cluster talk to it; 0 if it is none.</summary>
    public int BusPort { get; private init; }

    public static async Task<RedisMember> StartAsync(string[] arguments, bool hasBus, CancellationToken cancellationToken)
    {
        var bus = hasBus ? RedisHost.FindPort() : 0;
        string[] all = hasBus ? ["--cluster-port", bus.ToString(CultureInfo.InvariantCulture), .. arguments] : arguments;
        return new RedisMember(await RedisServer.StartProgramAsync(new RedisProgram(all, IsMember: true), cancellationToken)) { BusPort = bus };
    }

    /// <summary>Starts a server that speaks TLS at a port of its own, and nothing but for this connection at <see cref="EndPoint"/>.</summary>
    /// <param name="port">Where it speaks TLS.</param>
    /// <param name="files">What the arguments name.</param>
    /// <param name="arguments">Further arguments.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<RedisMember> StartSecureAsync(int port, IReadOnlyDictionary<string, string> files, string[] arguments, CancellationToken cancellationToken) =>
        new(await RedisServer.StartProgramAsync(
            new RedisProgram(["--tls-port", port.ToString(CultureInfo.InvariantCulture), "--save", "", .. arguments], IsMember: true) { Files = files }, cancellationToken));

    public static async Task<RedisMember> StartSentinelAsync(CancellationToken cancellationToken) =>
        new(await RedisServer.StartProgramAsync(new RedisProgram([], IsMember: true, IsSentinel: true), cancellationToken)) { _isSentinel = true };

    /// <summary>Sends a command to this server and no other.</summary>
    public async Task<RedisResult> ExecuteAsync(params object[] command)
    {
        var connection = $"{_server.ConnectionString},allowAdmin=true,asyncTimeout=10000";
        _redis ??= _isSentinel ? await ConnectionMultiplexer.SentinelConnectAsync(connection) : await ConnectionMultiplexer.ConnectAsync(connection);
        for (var attempt = 1; ; attempt++)
            try
            {
                return await _redis.GetServer(EndPoint).ExecuteAsync((string)command[0], command[1..]);
            }
            catch (RedisConnectionException) when (attempt < Attempts)
            {
                // A Sentinel cuts all connections to a server that it makes a replica, this one too.
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
            catch (RedisCommandException) when (attempt < Attempts)
            {
                // The library has not noticed yet that the replica it knew was promoted, and sends it nothing that writes.
                await _redis.ConfigureAsync();
            }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(cancellationToken);

    public Task PauseAsync(CancellationToken cancellationToken) => _server.PauseAsync(cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => _server.ResumeAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
            await _redis.DisposeAsync();
        await _server.DisposeAsync();
    }
}
