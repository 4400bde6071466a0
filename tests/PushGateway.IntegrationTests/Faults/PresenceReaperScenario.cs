using System.Text.Json;
using PushGateway.IntegrationTests.Redis;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>A node dies that had members in many channels, and then the one that takes them out, in the middle of it.</summary>
internal static class PresenceReaperScenario
{
    private const int Survivors = 3, Channels = 500;

    // Five parts of a hundred channels take several times as long as it takes to kill a process.
    private static readonly TimeSpan SlowWay = TimeSpan.FromMilliseconds(10);

    public static async Task<PresenceAccount> RunAsync(CancellationToken cancellationToken)
    {
        await using var nodes = await PresenceNodes.StartAsync(Survivors + 1, cancellationToken);
        await using var redis = await RedisServerControl.ConnectAsync(nodes.Redis);
        var victim = nodes.Nodes[Survivors];
        await using var trial = await PresenceTrial.StartAsync("reaped", [.. nodes.Nodes.Take(Survivors)], [victim], cancellationToken, Channels, members: 1);
        var dead = (await ReadAddressesAsync(redis.Database)).Single(node => node.Value == victim.Address).Key;
        foreach (var way in nodes.Proxies)
            way.Delay = SlowWay;

        await trial.KillAsync(victim);
        await WaitUntilReapingAsync(redis.Database, dead, cancellationToken);
        var reaper = (await ReadAddressesAsync(redis.Database))[(await redis.Database.StringGetAsync($"pg:{{cluster}}:reaper:{dead}")).ToString()];
        await trial.KillAsync(nodes.Nodes.Single(node => node.Address == reaper));
        var left = await CountLeftAsync(redis.Database, dead);
        Assert.True(left is > 0 and < Channels, $"It did not die in the middle of it: {left} channels are left.");

        foreach (var way in nodes.Proxies)
            way.Delay = TimeSpan.Zero;
        await Task.Delay(PresenceLedger.LeftWithin, cancellationToken);
        return await trial.FinishAsync(cancellationToken);
    }

    // By incarnation.
    private static async Task<Dictionary<string, Uri>> ReadAddressesAsync(IDatabase redis) =>
        (await redis.HashGetAllAsync("pg:{cluster}:nodes")).ToDictionary(
            node => node.Name.ToString(),
            node => new Uri(JsonElement.Parse((byte[])node.Value!).GetProperty("address").GetString()!));

    private static async Task WaitUntilReapingAsync(IDatabase redis, string dead, CancellationToken cancellationToken)
    {
        while (await CountLeftAsync(redis, dead) >= Channels)
            await Task.Delay(1, cancellationToken);
    }

    private static Task<long> CountLeftAsync(IDatabase redis, string dead) => redis.SortedSetLengthAsync($"pg:{{cluster}}:channels:{dead}");
}
