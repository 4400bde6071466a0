using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>What runs a Redis for the tests. The ways are tried in order, and the first that works is taken.</summary>
internal abstract class RedisHost : IAsyncDisposable
{
    // A port that was given to a server which does not listen yet must not be given twice.
    private static readonly ConcurrentDictionary<int, byte> Given = new();

    public abstract string ConnectionString { get; }

    public abstract string Description { get; }

    public static async Task<RedisHost> StartSharedAsync(string[] arguments, CancellationToken cancellationToken) =>
        GivenRedis.FromEnvironment() ?? await StartPrivateAsync(new RedisProgram(arguments), cancellationToken);

    // A server given by its address is not ours to stop, so a private one is always started here.
    public static async Task<RedisHost> StartPrivateAsync(RedisProgram program, CancellationToken cancellationToken)
    {
        Exception noContainer;
        try
        {
            return await DockerRedis.StartNewAsync(program, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            noContainer = e;
        }

        // Who names an image wants that image: another Redis in its place would hide that Docker is broken.
        if (!DockerRedis.IsDemanded && RedisProcess.FindExecutable() is { } executable)
            return await RedisProcess.StartNewAsync(executable, program, cancellationToken);

        throw new InvalidOperationException(
            $"""
            The integration tests need a real Redis. One of these will do:
              1. {GivenRedis.Variable}: the connection string of a running Redis (not for tests that stop their Redis)
              2. Docker, with {DockerRedis.ImageVariable} naming the image if {DockerRedis.OfficialImage} cannot be pulled
              3. redis-server on the PATH, and no {DockerRedis.ImageVariable}
            ./test.sh at the root of the repository sets up the second. Docker failed with: {noContainer.Message}
            """,
            noContainer);
    }

    public abstract Task StopAsync(CancellationToken cancellationToken);

    public abstract Task StartAsync(CancellationToken cancellationToken);

    public abstract Task PauseAsync(CancellationToken cancellationToken);

    public abstract Task ResumeAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>A port for a server that must come back at the same address.</summary>
    public static int FindPort()
    {
        // Below the ephemeral range (32768 and up on Linux): else, while Redis is stopped, any outgoing connection could take its port.
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(20_000, 32_000);
            if (!Given.TryAdd(port, 0))
                continue;
            try
            {
                using var listener = new TcpListener(IPAddress.Any, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken; try another.
            }
        }

        throw new InvalidOperationException("No free port between 20000 and 32000.");
    }

    protected static string Loopback(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
}
