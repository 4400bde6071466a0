using System.Diagnostics;
using System.Threading.Channels;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>A program that a test runs beside itself, and what it says line by line.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _errors = [];

    private ChildProcess(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
                _lines.Writer.TryComplete();
            else
                _lines.Writer.TryWrite(line.Data);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null)
                lock (_errors)
                    _errors.Add(line.Data);
        };
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it wrote to standard output and was not read yet.</summary>
    public ChannelReader<string> Lines => _lines.Reader;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return string.Join('\n', _errors);
        }
    }

    public static ChildProcess Start(string program, IEnumerable<string> arguments, IEnumerable<(string Key, string Value)>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder ?? "" };
        foreach (var (key, value) in environment ?? [])
            start.Environment[key] = value;
        return new ChildProcess(start);
    }

    /// <summary>Writes a line to its standard input.</summary>
    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for a line.</summary>
    public async Task<string> NextLineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Lines.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"{_process.StartInfo.FileName} has ended. It said: {Errors}");
        }
    }

    /// <summary>Ends it as an unplugged machine would, without a word.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets it stand still, as a machine does that is suspended.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => UnixSignal.SendAsync(_process.Id, "STOP", cancellationToken);

    /// <summary>Lets it go on.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) => UnixSignal.SendAsync(_process.Id, "CONT", cancellationToken);

    /// <summary>Asks it to end, as a supervisor does, and does not wait.</summary>
    public Task AskToEndAsync(CancellationToken cancellationToken) => UnixSignal.SendAsync(_process.Id, "TERM", cancellationToken);

    /// <summary>Asks it to end, as a supervisor does; returns its exit code.</summary>
    public async Task<int> TerminateAsync(CancellationToken cancellationToken)
    {
        await AskToEndAsync(cancellationToken);
        return await ExitAsync(cancellationToken);
    }

    /// <summary>Waits until it ends by itself and returns its exit code.</summary>
    public async Task<int> ExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }
}
