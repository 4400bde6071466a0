using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when Sentinel makes a replica the primary: what the replica did not have. That subscribers are told, and nothing else is lost.</summary>
public sealed class SentinelFaultTests(ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_untold_when_the_primary_dies()
    {
        await using var redis = await RedisSentinel.StartAsync(Cancellation);
        await using var pair = await NodePair.StartAsync(redis.ConnectionString, redis.ConnectionString, Cancellation);
        var account = await Scenario.RunAsync(pair.Trial, output, async (_, cancellationToken) =>
        {
            var (primary, replica) = await redis.FindAsync();
            await primary.StopAsync(cancellationToken);
            while ((await redis.FindAsync()).Primary != replica)
                await Task.Delay(50, cancellationToken);
        });
        Assert.True(account.Total.IsKept, account.Verdict);
    }

    [Fact]
    public async Task Subscribers_are_told_when_the_replica_did_not_have_all()
    {
        await using var redis = await RedisSentinel.StartAsync(Cancellation);
        await using var pair = await NodePair.StartAsync(redis.ConnectionString, redis.ConnectionString, Cancellation);
        var account = await Scenario.RunAsync(pair.Trial, output, async (trial, cancellationToken) =>
        {
            var (primary, replica) = await redis.FindAsync();
            // The replica no longer gets anything, and Sentinel has not given it up yet.
            await primary.ExecuteAsync("ACL", "SETUSER", "default", "-psync", "-sync");
            await primary.ExecuteAsync("CLIENT", "KILL", "TYPE", "replica");
            await trial.AdvanceAsync(50, cancellationToken);
            await primary.StopAsync(cancellationToken);
            while ((await redis.FindAsync()).Primary != replica)
                await Task.Delay(50, cancellationToken);
        });
        Assert.True(account.Total.IsKept, account.Verdict);
        Assert.True(account.Total.TimesTold > 0);
    }
}
