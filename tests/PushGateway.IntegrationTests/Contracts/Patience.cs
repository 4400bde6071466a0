using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Waits for what should come about soon, and fails when it does not.</summary>
internal static class Patience
{
    // Far above what anything here takes, so that only what never comes fails; a busy machine does not.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null) =>
        UntilAsync(() => Task.FromResult(condition()), what);

    public static async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Limit, $"This did not come about in {Limit.TotalSeconds} seconds: {what}");
            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }
    }
}
