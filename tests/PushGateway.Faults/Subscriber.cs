using System.Diagnostics;
using System.Text.Json;

namespace PushGateway.Faults;

/// <summary>A subscriber on the official JavaScript SDK, in a process of its own, to all channels. What its application sees goes to the accountant.</summary>
public sealed class Subscriber : IAsyncDisposable
{
    private readonly int _number;
    private readonly Accountant _accountant;
    private readonly HashSet<int> _waitingFor;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly Task _reading, _errors;
    private readonly SubscriberEvents _events = new();
    private volatile bool _disposing;

    private Subscriber(int number, int channels, Accountant accountant, ProcessStartInfo start)
    {
        (_number, _accountant) = (number, accountant);
        _waitingFor = [.. Enumerable.Range(0, channels)];
        _process = Process.Start(start)!;
        _reading = ReadAsync();
        _errors = ReadErrorsAsync();
    }

    /// <summary>The process, for who wants to stop it for a while.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Completes when it is subscribed to all channels for the first time; fails when it cannot be.</summary>
    public Task Ready => _ready.Task;

    /// <summary>What happened to its connection and subscriptions.</summary>
    public SubscriberEvents Events => _events;

    /// <summary>Starts one.</summary>
    /// <param name="number">Its number from 0; also says which node it asks first.</param>
    /// <param name="options">Where the nodes are.</param>
    /// <param name="channels">What it subscribes to.</param>
    /// <param name="accountant">Is told.</param>
    /// <exception cref="InvalidOperationException">Node.js or its packages are missing.</exception>
    public static Subscriber Start(int number, TrialOptions options, IReadOnlyList<string> channels, Accountant accountant)
    {
        var clients = Clients.Find(options.Clients);
        var urls = (options.SubscriberNodes ?? options.Nodes).Select(WebSocket);
        var start = new ProcessStartInfo(clients.Node, [clients.Script, JsonSerializer.Serialize(new { urls, first = number, channels })])
        {
            RedirectStandardInput = true, // The script ends when it is closed, so it never outlives this process.
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Subscriber(number, channels.Count, accountant, start);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _disposing = true;
        _process.Kill();
        await _process.WaitForExitAsync();
        await Task.WhenAll(_reading, _errors);
        _process.Dispose();
    }

    private static string WebSocket(Uri node) =>
        new UriBuilder(new Uri(node, "connection/websocket")) { Scheme = node.Scheme == Uri.UriSchemeHttps ? "wss" : "ws" }.Uri.AbsoluteUri;

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var events = JsonDocument.Parse(line);
            foreach (var seen in events.RootElement.EnumerateArray())
                Take(seen);
        }

        await _process.WaitForExitAsync();
        if (!_disposing)
            Leave($"its process ended with exit code {_process.ExitCode}");
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            _events.Complained(line);
    }

    private void Take(JsonElement seen)
    {
        switch (seen[0].GetString())
        {
            case "p":
                _accountant.Saw(_number, seen[1].GetInt32(), seen[2].GetInt64());
                break;
            case "s":
                Subscribed(seen[1].GetInt32(), seen[2].GetBoolean(), seen[3].GetBoolean());
                break;
            case "u":
                Leave($"a channel was closed to it with {seen[2].GetInt32()}");
                break;
            case "r":
                _events.Resubscribing(seen[2].GetInt32());
                break;
            case "c":
                _events.Connected();
                break;
            case "l":
                _events.LostConnection(seen[1].GetInt32(), seen[2].GetString()!);
                break;
            case "d":
                Leave($"it was disconnected with {seen[1].GetInt32()} {seen[2].GetString()}");
                break;
        }
    }

    private void Subscribed(int channel, bool recoverable, bool told)
    {
        _events.Subscribed(recoverable);
        if (told)
            _accountant.Told(_number, channel);
        if (_waitingFor.Remove(channel) && _waitingFor.Count == 0)
            _ready.TrySetResult();
    }

    private void Leave(string why)
    {
        _events.Left(why);
        _ready.TrySetException(new InvalidOperationException($"Subscriber {_number} cannot subscribe: {why}. {_events.Complaint}"));
    }
}
