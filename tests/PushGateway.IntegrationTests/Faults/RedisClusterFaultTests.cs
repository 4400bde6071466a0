using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Redis;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when a Redis Cluster moves slots or replaces a primary: nothing that is not told.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class RedisClusterFaultTests(RedisClusterServers redis, ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_when_slots_are_moved()
    {
        await using var pair = await StartAsync();
        var account = await Scenario.RunAsync(pair.Trial, output, async (trial, cancellationToken) =>
        {
            foreach (var channel in trial.Channels)
            {
                var target = await redis.FindOtherAsync(Key(channel));
                await redis.MoveSlotAsync(Key(channel), target, () => trial.PublishAsync(5, cancellationToken));
            }

            await redis.UntilWholeAsync();
            await trial.AdvanceAsync(50, cancellationToken);
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_when_a_replica_is_promoted_in_good_order()
    {
        await using var pair = await StartAsync();
        var account = await Scenario.RunAsync(pair.Trial, output, async (trial, cancellationToken) =>
        {
            var (_, replica) = await redis.FindAsync(Key(trial.Channels[0]));
            await replica.ExecuteAsync("CLUSTER", "FAILOVER");
            await UntilPrimaryAsync(replica, cancellationToken);
            await redis.UntilWholeAsync();
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_untold_when_a_primary_dies()
    {
        await using var pair = await StartAsync();
        var account = await Scenario.RunAsync(pair.Trial, output, async (trial, cancellationToken) =>
        {
            var (primary, replica) = await redis.FindAsync(Key(trial.Channels[0]));
            await primary.StopAsync(cancellationToken);
            await UntilPrimaryAsync(replica, cancellationToken);
            await primary.StartAsync(cancellationToken);
            await redis.UntilWholeAsync();
        });
        Assert.True(account.Total.IsKept, account.Verdict);
    }

    private static string Key(string channel) => $"{{{channel}}}";

    private static async Task UntilPrimaryAsync(RedisMember member, CancellationToken cancellationToken)
    {
        while ((await member.ExecuteAsync("ROLE"))[0].ToString() != "master")
            await Task.Delay(50, cancellationToken);
    }

    private async Task<NodePair> StartAsync()
    {
        await redis.UntilWholeAsync();
        return await NodePair.StartAsync(redis.ConnectionString, redis.ConnectionString, Cancellation);
    }
}
