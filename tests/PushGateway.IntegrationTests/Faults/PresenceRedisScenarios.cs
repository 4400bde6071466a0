using PushGateway.IntegrationTests.Redis;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Redis is restarted, first with what it knew and then without.</summary>
internal static class PresenceRedisScenarios
{
    private const int Nodes = 2;

    // Of two attempts to connect, the second comes two seconds later at most.
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(5);

    public static async Task<(PresenceAccount Restarted, PresenceAccount Emptied)> RunAsync(CancellationToken cancellationToken)
    {
        await using var nodes = await PresenceNodes.StartAsync(Nodes, cancellationToken, "--appendonly", "yes", "--appendfsync", "always");
        var restarted = await RunAsync("redis-restarted", nodes, () => RestartAsync(nodes, cancellationToken), cancellationToken);
        var emptied = await RunAsync(
            "redis-emptied",
            nodes,
            async () =>
            {
                await EmptyAsync(nodes);
                await RestartAsync(nodes, cancellationToken);
            },
            cancellationToken);
        return (restarted, emptied);
    }

    private static async Task<PresenceAccount> RunAsync(string name, PresenceNodes nodes, Func<Task> fault, CancellationToken cancellationToken)
    {
        await using var trial = await PresenceTrial.StartAsync(name, [.. nodes.Nodes], [], cancellationToken);
        await trial.DisturbAsync(null, fault, BackWithin, cancellationToken);
        var account = await trial.FinishAsync(cancellationToken);
        Assert.True(account.Sessions == trial.Clients, "Clients did not stay connected.");
        return account;
    }

    private static async Task RestartAsync(PresenceNodes nodes, CancellationToken cancellationToken)
    {
        await nodes.Redis.StopAsync(cancellationToken);
        await nodes.Redis.StartAsync(cancellationToken);
    }

    private static async Task EmptyAsync(PresenceNodes nodes)
    {
        await using var control = await RedisServerControl.ConnectAsync(nodes.Redis);
        await control.Database.ExecuteAsync("FLUSHALL");
    }
}
