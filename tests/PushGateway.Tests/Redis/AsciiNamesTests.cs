using System.Text;
using PushGateway.Redis.PubSub;

namespace PushGateway.Tests.Redis;

public sealed class AsciiNamesTests
{
    private readonly TopicSpace _space = new("pg:c:{", "}", (_, _) => { });

    [Fact]
    public void A_topic_finds_the_very_string_that_was_subscribed()
    {
        var name = new string("user:#42");
        _space.Wanted_NeedsLock.Add(name, null);

        Assert.True(_space.TryFind_NeedsLock("pg:c:{user:#42}"u8, out var found));

        Assert.Same(name, found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pg:c:{")]
    [InlineData("pg:c:{}")]
    [InlineData("pg:c:{user:#4}")]
    [InlineData("pg:c:{user:#42")]
    [InlineData("pg:c:{user:#42}}")]
    [InlineData("xx:c:{user:#42}")]
    [InlineData("pg:c:{USER:#42}")]
    [InlineData("pg:c:{usér:#42}")]
    public void Another_topic_finds_nothing(string topic)
    {
        _space.Wanted_NeedsLock.Add("user:#42", null);

        Assert.False(_space.TryFind_NeedsLock(Encoding.UTF8.GetBytes(topic), out _));
    }

    [Fact]
    public void A_topic_of_absurd_length_finds_nothing() =>
        Assert.False(_space.TryFind_NeedsLock(Encoding.ASCII.GetBytes($"pg:c:{{{new string('x', 100_000)}}}"), out _));

    [Fact]
    public void Looking_up_allocates_nothing()
    {
        _space.Wanted_NeedsLock.Add("user:#42", null);
        var topic = "pg:c:{user:#42}"u8;
        Assert.True(_space.TryFind_NeedsLock(topic, out _));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            _space.TryFind_NeedsLock(topic, out _);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
