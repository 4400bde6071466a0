using PushGateway.Faults;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>One run of publisher and subscribers during which something fails, with its account printed.</summary>
internal static class Scenario
{
    // Far beyond what any of them takes, which is 5 to 12 seconds.
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(1.5);

    // Notifications, at some hundred a second: before a fault, so that all subscribers have a position; behind it, so that all have gone on.
    private const int Before = 50, After = 100;

    /// <summary>Publishes, lets something fail, publishes on, and draws the account.</summary>
    public static async Task<Account> RunAsync(TrialOptions options, ITestOutputHelper output, Func<Trial, CancellationToken, Task> fault)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(GiveUpAfter);
        await using var trial = await Trial.StartAsync(options, limit.Token);
        try
        {
            await trial.AdvanceAsync(Before, limit.Token);
            await fault(trial, limit.Token);
            await trial.AdvanceAsync(After, limit.Token);
            return await trial.FinishAsync(limit.Token);
        }
        finally
        {
            output.WriteLine(trial.Account.ToString());
            output.WriteLine(trial.Describe());
            output.WriteLine(trial.Account.Verdict);
        }
    }

    /// <summary>Waits until a subscriber has connected once more.</summary>
    public static async Task ConnectedAgainAsync(Subscriber subscriber, CancellationToken cancellationToken)
    {
        while (subscriber.Events.Connections < 2)
            await Task.Delay(20, cancellationToken);
    }

    /// <summary>Holds that clients noticed nothing: they stayed connected and subscribed.</summary>
    public static void AssertUndisturbed(Trial trial) =>
        Assert.All(trial.Subscribers, subscriber => Assert.Equal((1, 0), (subscriber.Events.Connections, subscriber.Events.Losses.Count)));

    /// <summary>Holds that nothing was lost and that nobody had to be told so.</summary>
    public static void AssertNothingLost(Account account)
    {
        Assert.True(account.Total.IsKept, account.Verdict);
        Assert.Equal(0, account.Total.TimesTold);
        Assert.Equal(0, account.Total.Refused);
    }
}
