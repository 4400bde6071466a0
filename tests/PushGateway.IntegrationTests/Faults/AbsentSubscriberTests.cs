using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What subscribers miss that were away: nothing within the history; the rest they are told, and without a history not even that.</summary>
public sealed class AbsentSubscriberTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    [Fact]
    public async Task Nothing_is_lost_when_a_subscriber_comes_back_within_the_history() => Scenario.AssertNothingLost(await RunAsync(cluster.Trial));

    [Fact]
    public async Task A_subscriber_that_comes_back_too_late_is_told()
    {
        var account = await RunAsync(cluster.Trial with { Namespace = NodePair.Brief });
        Assert.True(account.Total.IsKept, account.Verdict);
        Assert.Equal(account.Subscribers * account.Lines.Count, account.Total.TimesTold);
        Assert.True(account.Total.ToldMissing > 0);
    }

    [Fact]
    public async Task Without_a_history_what_was_published_meanwhile_is_lost()
    {
        var account = await RunAsync(cluster.Trial with { Namespace = null });
        Assert.True(account.Total.Lost > 0);
        Assert.Equal((0, 0, 0, 0), (account.Total.Duplicated, account.Total.OutOfOrder, account.Total.Invented, account.Total.TimesTold));
    }

    // All subscribers are cut off, and cannot come back before more was published to each channel than the brief history keeps.
    private async Task<Account> RunAsync(TrialOptions options)
    {
        await using var way = new TcpProxy(cluster.Nodes[0].Address.Authority);
        return await Scenario.RunAsync(options with { SubscriberNodes = [new Uri($"http://{way.Address}/")] }, output, async (trial, cancellationToken) =>
        {
            way.Freeze();
            way.Cut();
            await trial.PublishAsync(10 * options.Channels, cancellationToken);
            way.Thaw();
        });
    }
}
