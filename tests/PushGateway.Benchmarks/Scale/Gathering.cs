using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PushGateway.Benchmarks.Pings;
using PushGateway.Load;

namespace PushGateway.Benchmarks.Scale;

/// <summary>Nodes on one Redis, each with a process full of clients, and somebody who publishes to them.</summary>
internal sealed class Gathering : IDisposable
{
    private const int PayloadBytes = 256, PublishersPerNode = 4;

    // What a publication to everybody may take on a machine that is short of cores.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly List<NodeProcess> _nodes = [];
    private readonly List<Process> _crowds = [];
    private readonly Poller _poller = new();
    private uint _number;
    private int _answered, _refused;

    public int Nodes => _nodes.Count;

    public int Clients { get; private set; }

    public ProcessMeter Meter { get; private set; } = new([]);

    public static async Task<Gathering> StartAsync(int nodes, string redis)
    {
        var gathering = new Gathering();
        for (var i = 0; i < nodes; i++)
        {
            var node = await NodeProcess.StartAsync(new PushGatewayOptions().Connections.PingInterval, redis);
            gathering._nodes.Add(node);
            gathering._crowds.Add(Itself.Start(Crowd.Command, Url(node), $"127.0.0.{i + 2}", Text(i * Crowd.MaxClients)));
        }

        gathering.Meter = new ProcessMeter([.. gathering._nodes.Select(node => node.Id)]);
        return gathering;
    }

    /// <summary>Has so many clients in all, evenly over the nodes.</summary>
    public async Task GrowToAsync(int clients)
    {
        Clients = clients;
        for (var i = 0; i < Nodes; i++)
            await _crowds[i].StandardInput.WriteLineAsync($"grow {ClientsOf(i)}");
        foreach (var crowd in _crowds)
            await LineAsync(crowd);
    }

    /// <summary>Publishes at a steady rate, and tells what came of it.</summary>
    /// <param name="toAll">To the channel that all have; otherwise to that of one client at a time.</param>
    /// <param name="perSecond">How often.</param>
    /// <param name="count">How many times.</param>
    public async Task<Posted> PublishAsync(bool toAll, double perSecond, int count)
    {
        // New ones each time: a node cuts off those that were idle for two minutes.
        using var publishers = new Publishers(_poller, [.. _nodes.Select(node => Node.Find(Url(node)))], Nodes * PublishersPerNode, NodeProcess.Key, PayloadBytes, OnAnswer);
        var random = new Random(1);
        (_answered, _refused) = (0, 0);
        var begun = Clock.Now;
        for (var sent = 0; sent < count;)
        {
            var due = begun + (long)(sent * 1e9 / perSecond);
            var wait = due - Clock.Now;
            Handle(publishers, TimeSpan.FromTicks(Math.Clamp(wait / TimeSpan.NanosecondsPerTick, 0, TimeSpan.TicksPerMillisecond)));
            if (wait > 0 || !publishers.AnyFree)
                continue;

            var node = random.Next(Nodes);
            var channel = toAll ? Crowd.Everybody : Crowd.ChannelOf((node * Crowd.MaxClients) + random.Next(ClientsOf(node)));
            publishers.Publish(channel, new Marker(due, _number++, 0));
            sent++;
        }

        var expected = (long)count * (toAll ? Clients : 1);
        var posted = new Posted(count);
        for (var end = Clock.Now + Clock.Nanoseconds(Patience); (posted.Delivered < expected || _answered < count) && Clock.Now < end;)
        {
            Handle(publishers, TimeSpan.FromMilliseconds(1));
            await CollectAsync(posted);
        }

        posted.Lost = expected - posted.Delivered;
        posted.Refused = _refused;
        return posted;
    }

    /// <summary>Fails where a client was cut off: it would not be what is measured.</summary>
    public async Task CheckAsync() => await CollectAsync(new Posted(0));

    public void Dispose()
    {
        _poller.Dispose();
        foreach (var crowd in _crowds)
        {
            crowd.Kill();
            crowd.Dispose();
        }

        foreach (var node in _nodes)
            node.Dispose();
    }

    private int ClientsOf(int node) => (Clients / Nodes) + (node < Clients % Nodes ? 1 : 0);

    private void Handle(Publishers publishers, TimeSpan wait)
    {
        var count = _poller.Wait(wait);
        for (var i = 0; i < count; i++)
            publishers.OnEvent((int)(_poller[i] - Publishers.FirstToken));
    }

    private void OnAnswer(uint number, bool taken, long nanoseconds)
    {
        _answered++;
        if (!taken)
            _refused++;
    }

    private async Task CollectAsync(Posted posted)
    {
        foreach (var crowd in _crowds)
            await crowd.StandardInput.WriteLineAsync("count");
        foreach (var crowd in _crowds)
        {
            var arrived = JsonSerializer.Deserialize<Arrived>(await LineAsync(crowd))!;
            if (arrived.CutOff > 0)
                throw new IOException($"{arrived.CutOff} clients were cut off.");
            posted.Add(arrived);
        }
    }

    private static async Task<string> LineAsync(Process crowd) => await crowd.StandardOutput.ReadLineAsync() ?? throw new IOException("The clients have died.");

    private static string Url(NodeProcess node) => $"ws://127.0.0.1:{Text(node.Port)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
