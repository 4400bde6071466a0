using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when a subscriber stands still until the node gives it up: nothing.</summary>
public sealed class SlowSubscriberTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    // 12 MB. Before anything waits in the node, the system's own buffers take some megabytes: on Linux at most 4 for the sender, and few for a receiver that does not read.
    private const int Padding = 60_000, StallAtLeast = 200;

    [Fact]
    public async Task Nothing_is_lost_when_a_subscriber_stalls_until_it_is_closed()
    {
        // Else its socket would be cut while it stands still, and it would not read why.
        await using var node = await NodePair.StartNodeAsync(
            cluster.Redis.ConnectionString, TestContext.Current.CancellationToken, ("PushGateway:Connections:CloseTimeout", "00:01:00"));
        var options = cluster.Trial with { Nodes = [node.Address], Padding = Padding, Rate = 60 };
        var account = await Scenario.RunAsync(options, output, async (trial, cancellationToken) =>
        {
            var stalled = trial.Subscribers[0];
            await UnixSignal.SendAsync(stalled.ProcessId, "STOP", cancellationToken);
            await trial.PublishAsync(StallAtLeast, cancellationToken);
            await UnixSignal.SendAsync(stalled.ProcessId, "CONT", cancellationToken);
            await Scenario.ConnectedAgainAsync(stalled, cancellationToken);
            Assert.Equal(["3008 slow"], stalled.Events.Losses.Keys);
        });
        Scenario.AssertNothingLost(account);
    }
}
