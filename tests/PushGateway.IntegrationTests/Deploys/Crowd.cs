using System.Collections.Concurrent;
using System.Text.Json;
using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>
/// Three thousand clients on the official JavaScript SDK, in a few processes, each subscribed to one channel of all and to one of its group; and constant publishing to both.
/// </summary>
internal sealed class Crowd : IAsyncDisposable
{
    public const int Clients = 3000;

    // A hundred channels.
    private const int GroupSize = 30;

    // What one thread of Node.js serves without being late.
    private const int ClientsOfAProcess = 1000;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    private readonly string _toAll;
    private readonly string[] _toGroups;
    private readonly Accountant _all, _groups;
    private readonly Publisher[] _publishers;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ChildProcess> _processes = [];
    private readonly int[] _connections = new int[Clients];
    private readonly ConcurrentDictionary<string, int> _losses = new();
    private Task _publishing = Task.CompletedTask;
    private int _subscriptions;

    /// <param name="options">Where and in which namespace.</param>
    private Crowd(TrialOptions options)
    {
        var prefix = $"{options.Namespace}:{Guid.NewGuid():N}"; // Channels of an earlier run may still have a history.
        _toAll = $"{prefix}-all";
        _toGroups = [.. Enumerable.Range(0, Clients / GroupSize).Select(group => $"{prefix}-{group}")];

        // To the accountant, a subscriber is a seat in a channel.
        _all = new Accountant([_toAll], Clients);
        _groups = new Accountant(_toGroups, GroupSize);
        _publishers = [new Publisher(options with { Rate = 1 }, [_toAll], _all), new Publisher(options with { Rate = 20 }, _toGroups, _groups)];
    }

    /// <summary>How often each client connected.</summary>
    public IReadOnlyList<int> Connections => _connections;

    /// <summary>What clients lost, and how often: <c>3001 shutdown</c>.</summary>
    public IReadOnlyDictionary<string, int> Losses => _losses;

    /// <summary>The account so far.</summary>
    public Account Account
    {
        get
        {
            var (all, groups) = (_all.Draw(), _groups.Draw());
            return new Account([all.Total with { Channel = "to all" }, groups.Total with { Channel = "to groups of 30" }], Clients, all.FirstRefusal ?? groups.FirstRefusal);
        }
    }

    /// <summary>Connects and subscribes all of them, and then begins to publish.</summary>
    public static async Task<Crowd> StartAsync(TrialOptions options, CancellationToken cancellationToken)
    {
        var crowd = new Crowd(options);
        try
        {
            await crowd.ConnectAsync(options.Nodes[0], cancellationToken);
            crowd._publishing = Task.WhenAll(crowd._publishers.Select(publisher => publisher.RunAsync(crowd._stop.Token)));
            return crowd;
        }
        catch
        {
            await crowd.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many publications clients have to see if each sees what was acknowledged once.</summary>
    public long Expected => (_all.Draw().Total.Acknowledged * Clients) + (_groups.Draw().Total.Acknowledged * GroupSize);

    /// <summary>Waits until all are connected again, stops publishing, and waits until clients have seen what is left.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        // Who was closed at the very end is still on its way, though nothing may be missing for it.
        while (_connections.Min() < 2 || _connections.Sum() < Clients + _losses.Values.Sum())
            await Task.Delay(Glance, cancellationToken);
        await _stop.CancelAsync();
        await _publishing.WaitAsync(cancellationToken);
        while (Account.Total.Behind > 0)
            await Task.Delay(Glance, cancellationToken);
    }

    /// <summary>Lets all clients go.</summary>
    public async Task LeaveAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        _processes.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await LeaveAsync();
        await _publishing;
        foreach (var publisher in _publishers)
            publisher.Dispose();
        _stop.Dispose();
    }

    private async Task ConnectAsync(Uri balancer, CancellationToken cancellationToken)
    {
        var script = Path.Combine(Repository.Root, "tests", "clients", "crowd.mjs");
        for (var first = 0; first < Clients; first += ClientsOfAProcess)
        {
            var settings = new { url = $"ws://{balancer.Authority}/connection/websocket", first, count = ClientsOfAProcess, all = _toAll, groups = _toGroups };
            var process = ChildProcess.Start("node", [script, JsonSerializer.Serialize(settings)]);
            _processes.Add(process);
            _ = ReadAsync(process);
        }

        while (Volatile.Read(ref _subscriptions) < 2 * Clients)
        {
            if (_processes.Find(process => process.HasExited) is { } gone)
                throw new InvalidOperationException($"Clients have ended. They said: {gone.Errors}");
            await Task.Delay(Glance, cancellationToken);
        }
    }

    private async Task ReadAsync(ChildProcess process)
    {
        await foreach (var line in process.Lines.ReadAllAsync())
        {
            using var events = JsonDocument.Parse(line);
            foreach (var seen in events.RootElement.EnumerateArray())
                Take(seen[0].GetString(), seen[1].GetInt32(), seen);
        }
    }

    private void Take(string? kind, int client, JsonElement seen)
    {
        switch (kind)
        {
            case "p":
                var (accountant, channel, seat) = Seat(client, seen);
                accountant.Saw(seat, channel, seen[3].GetInt64());
                break;
            case "c":
                Interlocked.Increment(ref _connections[client]);
                break;
            case "s":
                Subscribed(client, seen);
                break;
            case "u":
                Count($"a channel, with {seen[3].GetInt32()}");
                break;
            case "l" or "d":
                Count($"{seen[2].GetInt32()} {seen[3].GetString()}");
                break;
        }
    }

    private void Subscribed(int client, JsonElement seen)
    {
        if (seen[3].GetBoolean())
        {
            var (accountant, channel, seat) = Seat(client, seen);
            accountant.Told(seat, channel);
        }

        Interlocked.Increment(ref _subscriptions);
    }

    // As crowd.mjs gives them out.
    private (Accountant Accountant, int Channel, int Seat) Seat(int client, JsonElement seen) =>
        seen[2].GetInt32() == 0 ? (_all, 0, client) : (_groups, client % _toGroups.Length, client / _toGroups.Length);

    private void Count(string loss) => _losses.AddOrUpdate(loss, 1, (_, count) => count + 1);
}
