namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when nodes go: nothing.</summary>
public sealed class NodeFaultTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    [Fact]
    public async Task Nothing_is_lost_when_nothing_fails()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, (_, _) => Task.CompletedTask);
        Scenario.AssertNothingLost(account);
        Assert.Equal(account.Total.Acknowledged * account.Subscribers, account.Total.Seen);
    }

    [Fact]
    public async Task Nothing_is_lost_when_a_node_is_killed_and_comes_back()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            await cluster.Nodes[0].KillAsync();
            await Scenario.ConnectedAgainAsync(trial.Subscribers[0], cancellationToken);
            await trial.AdvanceAsync(50, cancellationToken);
            await cluster.Nodes[0].StartAgainAsync(cancellationToken);
            await cluster.Nodes[1].KillAsync();
            await Scenario.ConnectedAgainAsync(trial.Subscribers[1], cancellationToken);
            await cluster.Nodes[1].StartAgainAsync(cancellationToken);
        });
        Scenario.AssertNothingLost(account);
    }

    [Fact]
    public async Task Nothing_is_lost_while_all_nodes_are_replaced_one_after_the_other()
    {
        var account = await Scenario.RunAsync(cluster.Trial, output, async (trial, cancellationToken) =>
        {
            foreach (var node in cluster.Nodes)
            {
                Assert.Equal(0, await node.TerminateAsync(cancellationToken));
                await node.StartAgainAsync(cancellationToken);
            }

            Assert.All(trial.Subscribers, subscriber => Assert.True(subscriber.Events.Connections > 1));
        });
        Scenario.AssertNothingLost(account);
    }
}
