namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when the network between nodes and Redis fails: nothing.</summary>
public sealed class NetworkFaultTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    /// <summary>What the receiving connection of a node says of itself when it connects.</summary>
    private const string Receiver = "pushgateway-subscriber";

    [Fact]
    public async Task Nothing_is_lost_in_a_black_hole_of_two_seconds()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            cluster.Proxies[0].Freeze();
            await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
            cluster.Proxies[0].Thaw();
            await trial.AdvanceAsync(50, cancellationToken);
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_when_only_what_Redis_delivers_no_longer_comes()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            Assert.All(cluster.Proxies, proxy => Assert.Equal(1, proxy.Mute(Receiver)));
            await trial.AdvanceAsync(50, cancellationToken);
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_when_connections_are_cut_on_a_slow_network()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            foreach (var proxy in cluster.Proxies)
                proxy.Delay = TimeSpan.FromMilliseconds(5);
            for (var i = 0; i < 6; i++)
            {
                cluster.Proxies[i % 2].Cut();
                await trial.AdvanceAsync(20, cancellationToken);
            }

            foreach (var proxy in cluster.Proxies)
                proxy.Delay = TimeSpan.Zero;
            Scenario.AssertUndisturbed(trial);
        });
        Scenario.AssertNothingLost(account);
    }
}
