using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What is lost when a subscriber stands still until the node gives it up: nothing.</summary>
public sealed class SlowSubscriberTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    // The system's own buffers of both sides take some megabytes before anything waits in the node: this brings them about in a second or two.
    private const int Padding = 16_000, Rate = 200;

    // A quarter of the default, and still enough for a client that only has to wait for its turn on a busy machine.
    private const string OutboxBytes = "262144";

    [Fact]
    public async Task Nothing_is_lost_when_a_subscriber_stalls_until_it_is_closed()
    {
        await using var node = await cluster.StartNodeAsync(("PushGateway:Connections:OutboxBytes", OutboxBytes));
        var options = cluster.Trial with { Nodes = [node.Address], Padding = Padding, Rate = Rate };
        var account = await Scenario.RunAsync(options, output, async (trial, cancellationToken) =>
        {
            var stalled = trial.Subscribers[0];
            await UnixSignal.SendAsync(stalled.ProcessId, "STOP", cancellationToken);
            while (await CountConnectionsAsync(node, cancellationToken) > 1)
                await Task.Delay(50, cancellationToken);
            await UnixSignal.SendAsync(stalled.ProcessId, "CONT", cancellationToken);
            await Scenario.ConnectedAgainAsync(stalled, cancellationToken);
            Assert.Contains("3008 slow", stalled.Events.Losses.Keys);
        });
        Scenario.AssertNothingLost(account);
    }

    private static async Task<int> CountConnectionsAsync(NodeProcess node, CancellationToken cancellationToken)
    {
        var nodes = JsonElement.Parse(await node.Http.GetStringAsync("/v1/nodes", cancellationToken)).GetProperty("nodes").EnumerateArray();
        return nodes.Single(one => one.GetProperty("address").GetString() == node.Address.OriginalString.TrimEnd('/')).GetProperty("connections").GetInt32();
    }
}
