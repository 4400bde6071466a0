namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when Redis goes and comes back: nothing that it kept, and clients are told when it kept nothing.</summary>
public sealed class RedisFaultTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    [Fact]
    public async Task Nothing_is_lost_when_Redis_restarts_with_its_data()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            await cluster.Redis.StopAsync(cancellationToken);
            await cluster.Redis.StartAsync(cancellationToken);
            await trial.AdvanceAsync(50, cancellationToken);
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_when_Redis_crashes_and_comes_back_with_its_data()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            await cluster.CrashRedisAsync(cancellationToken);
            await cluster.Redis.StartAsync(cancellationToken);
            await trial.AdvanceAsync(50, cancellationToken);
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Subscribers_are_told_when_Redis_restarts_without_its_data()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (_, cancellationToken) =>
        {
            foreach (var proxy in cluster.Proxies)
                proxy.Freeze(); // Else nodes could write between the emptying and the stop.
            await cluster.CommandAsync("FLUSHALL");
            await cluster.Redis.StopAsync(cancellationToken);
            foreach (var proxy in cluster.Proxies)
                proxy.Thaw();
            await cluster.Redis.StartAsync(cancellationToken);
        });
        Assert.True(account.Total.IsKept, account.Verdict);
        Assert.Equal(account.Subscribers * account.Lines.Count, account.Total.TimesTold);
        Assert.Equal(account.Lines.Count, account.Total.EpochChanges);
    }

    [Fact]
    public async Task Nothing_is_lost_when_the_receiving_connections_are_killed_again_and_again()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.True((int)await cluster.CommandAsync("CLIENT", "KILL", "TYPE", "pubsub") >= cluster.Nodes.Count);
                await trial.AdvanceAsync(30, cancellationToken);
            }

            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_when_Redis_drops_receivers_for_what_waits_for_them()
    {
        // Larger than the 16 KiB that Redis does not count against the limit.
        var options = cluster.Trial with { Padding = 20_000, Rate = 40, Channels = 4 };
        var account = await Scenario.RunAsync(options, output, async (trial, cancellationToken) =>
        {
            var connections = cluster.Proxies.Sum(proxy => proxy.Accepted);
            await cluster.CommandAsync("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1 0 0");
            while (cluster.Proxies.Sum(proxy => proxy.Accepted) < connections + 4)
                await Task.Delay(20, cancellationToken);
            await cluster.CommandAsync("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0");
            await trial.AdvanceAsync(20, cancellationToken);
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }
}
