using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>One server of several, and an operator's connection to it alone.</summary>
internal sealed class RedisMember : IAsyncDisposable
{
    private readonly RedisServer _server;
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

    public static async Task<RedisMember> StartSentinelAsync(CancellationToken cancellationToken) =>
        new(await RedisServer.StartProgramAsync(new RedisProgram([], IsMember: true, IsSentinel: true), cancellationToken));

    /// <summary>Sends a command to this server and no other.</summary>
    public async Task<RedisResult> ExecuteAsync(params object[] command)
    {
        _redis ??= await ConnectionMultiplexer.ConnectAsync($"{_server.ConnectionString},allowAdmin=true,asyncTimeout=10000");
        return await _redis.GetServer(EndPoint).ExecuteAsync((string)command[0], command[1..]);
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
