using System.Diagnostics;
using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What happens while Redis is away, and after it is back. Each test has a Redis of its own to take away.</summary>
public sealed class RedisOutageTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartPrivateAsync(Cancellation, "--save", "");
        _node = new RedisNode(_redis.ConnectionString);
        await _node.Broker.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task After_a_restart_all_channels_are_subscribed_again()
    {
        const int Channels = 5_500; // More than may be on their way at once.
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(i => _node.Broker.SubscribeAsync($"user:#{i}")));

        await _redis.StopAsync(Cancellation);
        await _redis.StartAsync(Cancellation);

        foreach (var channel in (string[])["user:#0", "user:#5499"])
            await Patience.UntilAsync(() => ArrivesAsync(channel));
        await using var control = await RedisServerControl.ConnectAsync(_redis);
        for (var i = 0; i < Channels; i += 500)
            Assert.Equal(1, await control.CountSubscribersAsync($"pg:c:{{user:#{i}}}"));
    }

    [Fact]
    public async Task A_receiving_connection_that_is_killed_is_made_again()
    {
        await _node.Broker.SubscribeAsync("news");
        await using var control = await RedisServerControl.ConnectAsync(_redis);

        Assert.Equal(1, await control.KillSubscribersAsync());

        await Patience.UntilAsync(() => ArrivesAsync("news"));
    }

    [Fact]
    public async Task The_listener_is_told_after_an_outage_once_all_channels_are_subscribed_again()
    {
        const int Channels = 2_000;
        await using var control = await RedisServerControl.ConnectAsync(_redis);
        await Task.WhenAll(Enumerable.Range(0, Channels).Select(i => _node.Broker.SubscribeAsync($"user:#{i}")));
        Assert.Equal(0, _node.Broker.Inbox.Resubscriptions);

        await control.KillSubscribersAsync();
        await Patience.UntilAsync(() => _node.Broker.Inbox.Resubscriptions == 1);
        for (var i = 0; i < Channels; i++)
            Assert.Equal(1, await control.CountSubscribersAsync($"pg:c:{{user:#{i}}}"));

        await _redis.StopAsync(Cancellation);
        await _redis.StartAsync(Cancellation);
        await Patience.UntilAsync(() => _node.Broker.Inbox.Resubscriptions == 2);
    }

    [Fact]
    public async Task Both_ways_to_redis_are_said_to_fail_while_it_is_away_and_not_before_or_after()
    {
        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is null);

        await _redis.StopAsync(Cancellation);
        await Patience.UntilAsync(() => SaysBoth(_node.Broker.Broker.WhyNotReady));

        await _redis.StartAsync(Cancellation);
        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is null);
        await _node.Broker.PublishAsync("news", "1");
        await _node.Broker.SubscribeAsync("news");
    }

    [Fact]
    public async Task A_silent_redis_is_noticed_both_ways()
    {
        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is null);

        await _redis.PauseAsync(Cancellation);
        await Patience.UntilAsync(() => SaysBoth(_node.Broker.Broker.WhyNotReady));

        await _redis.ResumeAsync(Cancellation);
        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is null);
    }

    [Fact]
    public async Task A_server_that_became_a_replica_is_not_taken_for_ready()
    {
        await using var control = await RedisServerControl.ConnectAsync(_redis);
        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is null);

        await control.Database.ExecuteAsync("REPLICAOF", "127.0.0.1", "1");

        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is not null);
        await control.Database.ExecuteAsync("REPLICAOF", "NO", "ONE");
        await Patience.UntilAsync(() => _node.Broker.Broker.WhyNotReady is null);
    }

    [Fact]
    public async Task A_redis_that_is_down_at_the_start_is_found_later()
    {
        await _redis.StopAsync(Cancellation);
        await using var node = new RedisNode(_redis.ConnectionString, configure: options => options.CommandTimeout = TimeSpan.FromMilliseconds(500));
        await node.Broker.StartAsync();
        await node.Cluster.StartAsync(new StubNode("a"), Cancellation);

        await Assert.ThrowsAsync<BrokerUnavailableException>(() => node.Broker.PublishAsync("news", "1"));
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => node.Broker.SubscribeAsync("news"));
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await node.Cluster.GetNodesAsync(Cancellation));
        Assert.True(SaysBoth(node.Broker.Broker.WhyNotReady));
        await node.Broker.UnsubscribeAsync("news");

        await _redis.StartAsync(Cancellation);
        await Patience.UntilAsync(() => SucceedsAsync(() => node.Broker.SubscribeAsync("news")));
        await Patience.UntilAsync(() => SucceedsAsync(() => node.Broker.PublishAsync("news", "1")));
        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") > 0);
        await Patience.UntilAsync(async () => (await node.Cluster.GetNodesAsync(Cancellation)).Count == 1);
    }

    [Fact]
    public async Task Publishing_fails_at_once_while_redis_is_down_and_works_again_after()
    {
        await _node.Broker.PublishAsync("news", "1");
        await _redis.StopAsync(Cancellation);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", "2"));

        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", "3"));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        await _redis.StartAsync(Cancellation);
        await Patience.UntilAsync(() => SucceedsAsync(() => _node.Broker.PublishAsync("news", "4")));
    }

    [Fact]
    public async Task A_redis_that_does_not_answer_fails_both_ways_in_time()
    {
        await _node.Broker.PublishAsync("news", "1");
        await _redis.PauseAsync(Cancellation);

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(
            Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", "2")),
            Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.SubscribeAsync("news")));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));

        await _redis.ResumeAsync(Cancellation);
        await Patience.UntilAsync(() => SucceedsAsync(() => _node.Broker.SubscribeAsync("news")));
    }

    [Fact]
    public async Task A_subscription_made_during_an_outage_is_confirmed_when_redis_comes_back_in_time()
    {
        await using var node = new RedisNode(_redis.ConnectionString, configure: options => options.CommandTimeout = TimeSpan.FromSeconds(20));
        await node.Broker.StartAsync();
        await _redis.StopAsync(Cancellation);

        var subscribing = node.Broker.SubscribeAsync("news");
        var churning = Task.WhenAll(Enumerable.Range(0, 100).Select(i => node.Broker.SubscribeAsync($"news:{i}")));
        await _redis.StartAsync(Cancellation);

        await subscribing;
        await churning;
        await Patience.UntilAsync(() => SucceedsAsync(() => node.Broker.PublishAsync("news", "1")));
        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") > 0);
    }

    [Fact]
    public async Task A_subscription_that_failed_leaves_nothing_behind()
    {
        await _redis.StopAsync(Cancellation);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.SubscribeAsync("failed"));
        using var giveUp = new CancellationTokenSource();
        var cancelled = _node.Broker.Broker.SubscribeAsync("cancelled", giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);

        await _redis.StartAsync(Cancellation);
        await Patience.UntilAsync(() => SucceedsAsync(() => _node.Broker.SubscribeAsync("news")));

        await using var control = await RedisServerControl.ConnectAsync(_redis);
        Assert.Equal(1, await control.CountSubscribersAsync("pg:c:{news}"));
        Assert.Equal(0, await control.CountSubscribersAsync("pg:c:{failed}"));
        Assert.Equal(0, await control.CountSubscribersAsync("pg:c:{cancelled}"));
    }

    [Fact]
    public async Task A_subscription_given_up_during_an_outage_stays_given_up()
    {
        await _node.Broker.SubscribeAsync("left");
        await _node.Broker.SubscribeAsync("stayed");
        await _redis.StopAsync(Cancellation);
        await _node.Broker.UnsubscribeAsync("left");
        await _redis.StartAsync(Cancellation);

        await Patience.UntilAsync(() => ArrivesAsync("stayed"));

        await using var control = await RedisServerControl.ConnectAsync(_redis);
        Assert.Equal(0, await control.CountSubscribersAsync("pg:c:{left}"));
    }

    private static bool SaysBoth(string? why) =>
        why is not null && why.Contains("takes no commands", StringComparison.Ordinal) && why.Contains("delivers nothing", StringComparison.Ordinal);

    private async Task<bool> ArrivesAsync(string channel)
    {
        await SucceedsAsync(() => _node.Broker.PublishAsync(channel, "1"));
        return _node.Broker.Inbox.CountOf(channel) > 0;
    }

    private static async Task<bool> SucceedsAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    }
}
