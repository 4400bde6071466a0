using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A redis-server of this machine, run as a child process.</summary>
internal sealed class RedisProcess : RedisHost
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly string _executable;
    private readonly RedisProgram _program;
    private readonly int _port = FindPort();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("pushgateway-redis-");
    private Process? _process;

    private RedisProcess(string executable, RedisProgram program)
    {
        _executable = executable;
        _program = program;
    }

    public override string ConnectionString => Loopback(_port);

    public override string Description => $"process {_executable}";

    public static string? FindExecutable() => SearchPath.Find("redis-server");

    public static async Task<RedisProcess> StartNewAsync(string executable, RedisProgram program, CancellationToken cancellationToken)
    {
        var redis = new RedisProcess(executable, program);
        try
        {
            await redis.StartAsync(cancellationToken);
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // A Sentinel demands a file that it can write to.
        var sentinel = Path.Combine(_data.FullName, "sentinel.conf");
        if (_program.IsSentinel)
            await File.WriteAllTextAsync(sentinel, "", cancellationToken);
        foreach (var (name, text) in _program.Files)
            await File.WriteAllTextAsync(Path.Combine(_data.FullName, name), text, cancellationToken);
        _process = Process.Start(new ProcessStartInfo(
            _executable,
            [
                .. _program.IsSentinel ? [sentinel, "--sentinel"] : (string[])[],
                "--bind", "127.0.0.1",
                "--port", _port.ToString(CultureInfo.InvariantCulture),
                "--dir", _data.FullName,
                "--logfile", "redis.log",
                .. _program.Arguments,
            ]))!;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        while (!await AnswersAsync(limit.Token))
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{_executable} ended at once: {await ReadLogAsync(cancellationToken)}");
            await Task.Delay(20, limit.Token);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("TERM", cancellationToken);
        await _process!.WaitForExitAsync(cancellationToken).WaitAsync(StopLimit, cancellationToken);
    }

    public override Task PauseAsync(CancellationToken cancellationToken) => SignalAsync("STOP", cancellationToken);

    public override Task ResumeAsync(CancellationToken cancellationToken) => SignalAsync("CONT", cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process?.Dispose();
        _data.Delete(recursive: true);
    }

    // .NET has no call to send a signal to another process.
    private async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        var id = _process!.Id.ToString(CultureInfo.InvariantCulture);
        using var kill = Process.Start("kill", [$"-{signal}", id]);
        await kill.WaitForExitAsync(cancellationToken);
        if (kill.ExitCode != 0)
            throw new InvalidOperationException($"kill -{signal} {id} failed.");
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var reply = new byte[7];
            await stream.ReadExactlyAsync(reply, cancellationToken);
            return reply.AsSpan().SequenceEqual("+PONG\r\n"u8); // "-LOADIN" while it still reads its data
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task<string> ReadLogAsync(CancellationToken cancellationToken)
    {
        var log = Path.Combine(_data.FullName, "redis.log");
        return File.Exists(log) ? await File.ReadAllTextAsync(log, cancellationToken) : "no log";
    }
}
