namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>Waits for what comes soon, and no longer than a bound far beyond that.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks again until the answer is the expected one; fails with the last answer otherwise.</summary>
    public static async Task EqualAsync<T>(T expected, Func<Task<T>> ask)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(RawWebSocket.Patience);
        using var timer = new PeriodicTimer(Pause);
        T found;
        while (!EqualityComparer<T>.Default.Equals(found = await ask(), expected))
        {
            if (patience.IsCancellationRequested)
                break;

            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(expected, found);
    }

    public static Task EqualAsync<T>(T expected, Func<T> ask) => EqualAsync(expected, () => Task.FromResult(ask()));
}
