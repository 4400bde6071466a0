using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>
/// All that can happen to nodes and their Redis while somebody watches presence. Most of a scenario is waiting, so they run at the same time, and the tests wait for theirs.
/// </summary>
public sealed class PresenceScenarios : IAsyncLifetime
{
    // Of the nodes that scenarios share, the first have nothing happen to them.
    private const int Survivors = 2, SharedNodes = Survivors + 6;

    private const int VanishingClients = 20;

    // Longer than a lease, so that the others take the node for dead.
    private static readonly TimeSpan Disturbance = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2.5);

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task<PresenceNodes> _shared = null!;

    internal Task<PresenceAccount> Vanished { get; private set; } = null!;

    internal Task<PresenceAccount> Killed { get; private set; } = null!;

    internal Task<PresenceAccount> TwoKilled { get; private set; } = null!;

    internal Task<PresenceAccount> KilledAndRestarted { get; private set; } = null!;

    internal Task<PresenceAccount> Paused { get; private set; } = null!;

    internal Task<PresenceAccount> CutOff { get; private set; } = null!;

    internal Task<PresenceAccount> ReaperKilled { get; private set; } = null!;

    internal Task<(PresenceAccount Restarted, PresenceAccount Emptied)> Redis { get; private set; } = null!;

    private CancellationToken Limit => _limit.Token;

    public ValueTask InitializeAsync()
    {
        _limit.CancelAfter(GiveUpAfter);
        _shared = PresenceNodes.StartAsync(SharedNodes, Limit);
        Vanished = RunAsync("vanished", [], (nodes, trial) => VanishAsync(nodes.Nodes[0], trial));
        Killed = RunAsync("killed", [2], (nodes, trial) => trial.KillAsync(Limit, nodes.Nodes[2]));
        TwoKilled = RunAsync("two-killed", [3, 4], (nodes, trial) => trial.KillAsync(Limit, nodes.Nodes[3], nodes.Nodes[4]));
        KilledAndRestarted = RunAsync("restarted", [5], (nodes, trial) => RestartAsync(nodes.Nodes[5], trial));
        Paused = RunAsync("paused", [6], (nodes, trial) => trial.DisturbAsync(nodes.Nodes[6], () => PauseAsync(nodes.Nodes[6]), PresenceLedger.BackWithin, Limit));
        CutOff = RunAsync("cut-off", [7], (nodes, trial) => trial.DisturbAsync(nodes.Nodes[7], () => CutOffAsync(nodes.Proxies[7]), PresenceLedger.BackWithin, Limit));
        Redis = BehindAsync(_shared, PresenceRedisScenarios.RunAsync);
        ReaperKilled = BehindAsync(Killed, PresenceReaperScenario.RunAsync);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _limit.CancelAsync();
        await Task.WhenAll(Vanished, Killed, TwoKilled, KilledAndRestarted, Paused, CutOff, ReaperKilled, Redis).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_shared.IsCompletedSuccessfully)
            await _shared.Result.DisposeAsync();
        _limit.Dispose();
    }

    // Nodes take a while to start, and all at once they would have no time for their leases.
    private async Task<T> BehindAsync<T>(Task other, Func<CancellationToken, Task<T>> scenario)
    {
        await other.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await scenario(Limit);
    }

    private async Task<PresenceAccount> RunAsync(string name, int[] victims, Func<PresenceNodes, PresenceTrial, Task> fault)
    {
        var nodes = await _shared;
        await using var trial = await PresenceTrial.StartAsync(name, [.. nodes.Nodes.Take(Survivors)], [.. victims.Select(victim => nodes.Nodes[victim])], Limit);
        await fault(nodes, trial);
        return await trial.FinishAsync(Limit);
    }

    private async Task VanishAsync(NodeProcess node, PresenceTrial trial)
    {
        var connections = new PushGatewayOptions().Connections;
        await using var way = new TcpProxy(node.Address.Authority);
        await trial.VanishAsync(way, VanishingClients, connections.PingInterval + connections.PongTimeout, Limit);
    }

    private async Task RestartAsync(NodeProcess node, PresenceTrial trial)
    {
        await trial.KillAsync(node);
        await node.StartAgainAsync(Limit);
        await Task.Delay(PresenceLedger.LeftWithin, Limit);
    }

    private async Task PauseAsync(NodeProcess node)
    {
        await node.PauseAsync(Limit);
        await Task.Delay(Disturbance, Limit);
        await node.ResumeAsync(Limit);
    }

    private async Task CutOffAsync(TcpProxy way)
    {
        way.Freeze();
        await Task.Delay(Disturbance, Limit);
        way.Thaw();
    }
}
