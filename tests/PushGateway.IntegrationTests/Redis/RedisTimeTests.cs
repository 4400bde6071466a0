using PushGateway.Channels;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Nodes whose clocks do not agree.</summary>
public sealed class RedisTimeTests(RedisServer redis)
{
    // What a test may be held up by. The clocks are further apart than that.
    private static readonly TimeSpan Patient = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_it_was_taken_is_told_by_the_clock_of_each_node_that_does_nothing_but_deliver()
    {
        var prefix = RedisNode.UniquePrefix();
        var (slow, fast) = (new ShiftedTime(TimeSpan.FromHours(-1)), new ShiftedTime(TimeSpan.FromHours(2)));
        await using var publisher = new RedisNode(redis.ConnectionString, prefix, time: slow);
        await using var receiver = new RedisNode(redis.ConnectionString, prefix, time: fast);
        await publisher.Cluster.StartAsync(new StubNode("a"), Cancellation);
        await receiver.Cluster.StartAsync(new StubNode("b"), Cancellation);
        await publisher.Broker.StartAsync();
        await receiver.Broker.StartAsync();
        await receiver.Broker.SubscribeAsync("news");
        var begun = fast.GetUtcNow();

        await publisher.Broker.PublishAsync("news", new Publication("1"u8.ToArray()) { TakenAt = slow.GetUtcNow() });

        await Patience.UntilAsync(() => receiver.Broker.Inbox.Count == 1);
        var takenAt = receiver.Broker.Inbox.Of("news")[0].TakenAt;
        Assert.InRange(takenAt!.Value, begun - Patient, fast.GetUtcNow() + Patient);
    }

    private sealed class ShiftedTime(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
