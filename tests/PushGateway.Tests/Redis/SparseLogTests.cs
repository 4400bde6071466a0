using Microsoft.Extensions.Time.Testing;
using PushGateway.Redis;

namespace PushGateway.Tests.Redis;

public sealed class SparseLogTests
{
    [Fact]
    public void Lets_one_through_in_ten_seconds_and_counts_the_rest()
    {
        var time = new FakeTimeProvider();
        var log = new SparseLog(time);

        Assert.True(log.TryTake(out var count));
        Assert.Equal(1, count);
        Assert.False(log.TryTake(out _));
        Assert.False(log.TryTake(out _));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(log.TryTake(out count));
        Assert.Equal(3, count);
        Assert.Equal(4, log.Total);
    }
}
