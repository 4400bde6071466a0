using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>What arrives when publishers do not get their answers.</summary>
public sealed class PublisherFaultTests(FaultyCluster cluster, ITestOutputHelper output) : IClassFixture<FaultyCluster>
{
    [Fact]
    public async Task A_publisher_that_tries_again_with_its_key_is_heard_once()
    {
        var (account, faults) = await RunAsync(retries: true);
        Scenario.AssertNothingLost(account);
        Assert.True(faults > 10);
        Assert.Equal(0, account.Total.Unanswered);
        Assert.Equal(account.Total.Acknowledged * account.Subscribers, account.Total.Seen);
    }

    [Fact]
    public async Task A_publisher_that_does_not_try_again_is_heard_once_or_not_at_all()
    {
        var (account, _) = await RunAsync(retries: false);
        Scenario.AssertNothingLost(account);
        Assert.True(account.Total.Unanswered > 10);
    }

    // Every fifth answer does not arrive: by turns it is swallowed, so that the publisher runs into its time-out, and the connection is reset.
    private async Task<(Account Account, int Faults)> RunAsync(bool retries)
    {
        await using var way = new TcpProxy(cluster.Nodes[0].Address.Authority);
        await using var other = new TcpProxy(cluster.Nodes[1].Address.Authority);
        int answers = 0, faults = 0;
        AnswerFate Decide() => Interlocked.Increment(ref answers) % 5 != 0 ? AnswerFate.Passed
            : Interlocked.Increment(ref faults) % 2 == 0 ? AnswerFate.Swallowed : AnswerFate.Cut;

        var options = cluster.Trial with
        {
            Nodes = [new Uri($"http://{way.Address}/"), new Uri($"http://{other.Address}/")],
            SubscriberNodes = cluster.Trial.Nodes,
            Retries = retries,
            AttemptTimeout = TimeSpan.FromMilliseconds(500),
        };
        var account = await Scenario.RunAsync(options, output, async (trial, cancellationToken) =>
        {
            way.Answers = other.Answers = Decide;
            await trial.AdvanceAsync(100, cancellationToken);
            way.Answers = other.Answers = () => AnswerFate.Passed;
        });
        return (account, faults);
    }
}
