using PushGateway.Redis.PubSub;

namespace PushGateway.Tests.Redis;

public sealed class BackoffTests
{
    [Fact]
    public void Doubles_up_to_its_limit_with_half_left_to_chance_and_starts_over()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(2));
        foreach (var bound in (double[])[50, 100, 200, 400, 800, 1600, 2000, 2000])
            Assert.InRange(backoff.Next().TotalMilliseconds, bound / 2, bound);

        backoff.Reset();
        Assert.InRange(backoff.Next().TotalMilliseconds, 25, 50);
    }
}
