using Microsoft.Extensions.Time.Testing;
using PushGateway.Connections;

namespace PushGateway.Tests.Connections;

public class TokenBucketTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void At_first_the_whole_burst_is_there() => Assert.Equal(5, Take(new TokenBucket(1, 5, _time)));

    [Fact]
    public void It_fills_at_its_rate_whether_or_not_it_is_asked_meanwhile()
    {
        var bucket = new TokenBucket(10, 5, _time);
        Take(bucket);
        _time.Advance(TimeSpan.FromSeconds(0.3));
        Assert.Equal(3, Take(bucket));

        var taken = 0;
        for (var i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(30));
            taken += Take(bucket);
        }

        Assert.InRange(taken, 17, 18);
    }

    [Fact]
    public void A_flood_of_questions_does_not_keep_it_empty()
    {
        var bucket = new TokenBucket(10, 5, _time);
        Take(bucket);
        var taken = 0;
        for (var i = 0; i < 1_000_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(10));
            taken += bucket.TryTake() ? 1 : 0;
        }

        Assert.InRange(taken, 9, 10); // A second has passed; sums of so many doubles may fall short of the tenth by a hair.
    }

    [Fact]
    public void It_saves_up_no_more_than_the_burst()
    {
        var bucket = new TokenBucket(1000, 5, _time);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(5, Take(bucket));
    }

    private static int Take(TokenBucket bucket)
    {
        var taken = 0;
        while (bucket.TryTake())
            taken++;
        return taken;
    }
}
