using Microsoft.Extensions.Time.Testing;
using PushGateway.Redis.Brokers;

namespace PushGateway.Tests.Redis;

public sealed class RedisClockTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly RedisClock _clock;

    public RedisClockTests() => _clock = new RedisClock(_time);

    private TimeSpan Ahead => _clock.ToLocal(Start.ToUnixTimeMilliseconds()) - Start;

    [Fact]
    public void Until_it_is_known_there_is_no_difference() => Assert.Equal(TimeSpan.Zero, Ahead);

    [Fact]
    public void A_moment_of_one_clock_is_one_of_the_other()
    {
        Sample(redisIsBehind: 60_000, there: 10, back: 10);

        Assert.Equal(Start.ToUnixTimeMilliseconds(), _clock.ToRedis(_clock.ToLocal(Start.ToUnixTimeMilliseconds())));
        Assert.Equal(Start.AddMinutes(-1).ToUnixTimeMilliseconds(), _clock.ToRedis(Start));
    }

    [Fact]
    public void Redis_looked_at_its_clock_in_the_middle_of_the_round_trip()
    {
        Sample(redisIsBehind: 60_000, there: 10, back: 10);

        Assert.Equal(TimeSpan.FromMinutes(1), Ahead);
    }

    [Fact]
    public void It_is_wrong_by_half_the_round_trip_at_most()
    {
        Sample(redisIsBehind: 60_000, there: 20, back: 0);

        Assert.Equal(60_000 - 10, Ahead.TotalMilliseconds);
    }

    [Fact]
    public void The_quickest_answer_is_believed()
    {
        Sample(redisIsBehind: 1_000, there: 1, back: 1);
        Sample(redisIsBehind: 1_000, there: 500, back: 0);

        Assert.Equal(1_000, Ahead.TotalMilliseconds);
    }

    [Fact]
    public void After_a_minute_a_slower_answer_is_believed_as_well()
    {
        Sample(redisIsBehind: 1_000, there: 1, back: 1);
        _time.Advance(TimeSpan.FromMinutes(1));
        Sample(redisIsBehind: 1_000, there: 500, back: 0);

        Assert.Equal(750, Ahead.TotalMilliseconds);
    }

    [Fact]
    public void A_clock_that_was_set_is_seen_at_once()
    {
        Sample(redisIsBehind: 1_000, there: 1, back: 1);
        Sample(redisIsBehind: 90_000, there: 100, back: 100);

        Assert.Equal(90_000, Ahead.TotalMilliseconds);
    }

    [Fact]
    public void An_answer_before_the_question_says_nothing()
    {
        _clock.Sample(Start.AddMinutes(1), 0);

        Assert.Equal(TimeSpan.Zero, Ahead);
    }

    [Fact]
    public void Microseconds_are_known_where_Redis_tells_them()
    {
        SampleMicroseconds(redisIsBehind: 1_234);

        Assert.Equal(TimeSpan.FromMicroseconds(1_234), _clock.Ahead);
    }

    [Fact]
    public void Milliseconds_do_not_take_the_place_of_microseconds()
    {
        SampleMicroseconds(redisIsBehind: 1_234);
        Sample(redisIsBehind: 1, there: 0, back: 0);

        Assert.Equal(TimeSpan.FromMicroseconds(1_234), _clock.Ahead);
    }

    [Fact]
    public void Microseconds_take_the_place_of_milliseconds()
    {
        Sample(redisIsBehind: 1, there: 0, back: 0);
        SampleMicroseconds(redisIsBehind: 1_234);

        Assert.Equal(TimeSpan.FromMicroseconds(1_234), _clock.Ahead);
    }

    private void SampleMicroseconds(int redisIsBehind) =>
        _clock.SampleMicroseconds(_clock.Now, (_clock.Now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond - redisIsBehind);

    private void Sample(int redisIsBehind, int there, int back)
    {
        var asked = _clock.Now;
        _time.Advance(TimeSpan.FromMilliseconds(there));
        var redisTime = _time.GetUtcNow().ToUnixTimeMilliseconds() - redisIsBehind;
        _time.Advance(TimeSpan.FromMilliseconds(back));
        _clock.Sample(asked, redisTime);
    }
}
