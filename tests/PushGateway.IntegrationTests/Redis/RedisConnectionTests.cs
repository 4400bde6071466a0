using System.Net;
using System.Net.Sockets;
using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What comes over the connection to Redis, or fails to.</summary>
public sealed class RedisConnectionTests(RedisServer redis)
{
    private readonly string _prefix = RedisNode.UniquePrefix();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_that_went_silent_is_found_and_made_again()
    {
        await using var proxy = new TcpProxy(redis.ConnectionString);
        await using var node = NewNode(proxy.Address);
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("news");
        var accepted = proxy.Accepted;

        // No end of a connection is ever seen: only the missing answers tell.
        proxy.Freeze();
        await Patience.UntilAsync(() => proxy.Accepted > accepted);
        proxy.Thaw();

        await using var publisher = NewNode(redis.ConnectionString);
        await publisher.Broker.StartAsync();
        await Patience.UntilAsync(async () =>
        {
            await publisher.Broker.PublishAsync("news", "1");
            return node.Broker.Inbox.CountOf("news") > 0;
        });
    }

    [Fact]
    public async Task A_reset_in_the_midst_of_a_storm_of_subscriptions_loses_none()
    {
        await using var proxy = new TcpProxy(redis.ConnectionString);
        await using var node = NewNode(proxy.Address, commandTimeout: 20);
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("start");

        var accepted = proxy.Accepted;
        var storm = Task.WhenAll(Enumerable.Range(0, 20_000).Select(i => node.Broker.SubscribeAsync($"user:#{i}")));
        proxy.Cut();
        await storm;

        // Some may have been confirmed just before the reset, so what is published once may be lost; what stays lost has no subscription.
        await Patience.UntilAsync(() => proxy.Accepted > accepted);
        await using var publisher = NewNode(redis.ConnectionString);
        await publisher.Broker.StartAsync();
        await Patience.UntilAsync(async () =>
        {
            var missing = Enumerable.Range(0, 20_000).Select(i => $"user:#{i}").Where(channel => node.Broker.Inbox.CountOf(channel) == 0).ToArray();
            await Task.WhenAll(missing.Select(channel => publisher.Broker.PublishAsync(channel, "1")));
            return missing.Length == 0;
        });
    }

    [Fact]
    public async Task A_node_can_stop_while_redis_takes_no_connections()
    {
        // Nobody accepts and the queue is full: the kernel drops what comes, as behind a firewall, and connecting hangs.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog: 0);
        using var filling = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filling.ConnectAsync(listener.LocalEndPoint!, Cancellation);
        var node = NewNode($"{listener.LocalEndPoint},connectTimeout=60000", commandTimeout: 0.5);
        await node.Broker.StartAsync();
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => node.Broker.SubscribeAsync("news"));

        await node.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
    }

    [Fact]
    public async Task Foreign_messages_are_dropped_and_reported_once()
    {
        var log = new RecordingLog();
        await using var node = NewNode(redis.ConnectionString, log: log);
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("news");
        await using var control = await RedisServerControl.ConnectAsync(redis);
        var random = new Random(1);
        for (var i = 0; i < 1_000; i++)
        {
            var garbage = new byte[random.Next(100)];
            random.NextBytes(garbage);
            garbage.AsSpan(0, Math.Min(1, garbage.Length)).Clear();
            await control.PublishAsync($"{_prefix}:c:{{news}}", garbage);
        }

        await node.Broker.PublishAsync("news", "1");

        await Patience.UntilAsync(() => node.Broker.Inbox.Count > 0);
        Assert.Equal(["1"], node.Broker.Inbox.TextsOf("news"));
        Assert.Single(log.Lines, line => line.Contains("Foreign", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_over_the_limit_is_passed_over_and_the_next_arrives()
    {
        await using var node = NewNode(redis.ConnectionString);
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("news");
        await using var control = await RedisServerControl.ConnectAsync(redis);

        await control.PublishAsync($"{_prefix}:c:{{news}}", new byte[9 * 1024 * 1024]);
        await node.Broker.PublishAsync("news", "1");

        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") == 1);
    }

    [Fact]
    public async Task Channels_that_were_left_are_left_at_redis_too()
    {
        await using var node = NewNode(redis.ConnectionString);
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("news");
        await using var control = await RedisServerControl.ConnectAsync(redis);
        Assert.Equal(1, await control.CountSubscribersAsync($"{_prefix}:c:{{news}}"));

        await node.Broker.UnsubscribeAsync("news");

        Assert.Equal(0, await control.CountSubscribersAsync($"{_prefix}:c:{{news}}"));
    }

    [Fact]
    public async Task Credentials_are_used_and_never_told()
    {
        await using var locked = await RedisServer.StartPrivateAsync(
            Cancellation, "--save", "", "--user", "default", "on", "nopass", "-@all", "+ping", "--user", "gateway", "on", ">open-sesame", "~*", "&*", "+@all");
        await using var node = NewNode($"{locked.ConnectionString},user=gateway,password=open-sesame");
        await node.Broker.StartAsync();
        await node.Broker.SubscribeAsync("news");
        await node.Broker.PublishAsync("news", "1");
        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") == 1);

        var log = new RecordingLog();
        await using var refused = NewNode($"{locked.ConnectionString},user=gateway,password=wrong-sesame", commandTimeout: 1, log);
        await refused.Broker.StartAsync();
        var failure = await Assert.ThrowsAsync<BrokerUnavailableException>(() => refused.Broker.SubscribeAsync("news"));
        var other = await Assert.ThrowsAsync<BrokerUnavailableException>(() => refused.Broker.PublishAsync("news", "1"));

        Assert.Contains("WRONGPASS", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", $"{failure} {other} {string.Join('\n', log.Lines)}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_redis_does_not_need_does_no_harm()
    {
        await using var open = await RedisServer.StartPrivateAsync(Cancellation, "--save", "");
        await using var node = NewNode($"{open.ConnectionString},password=unneeded");
        await node.Broker.StartAsync();

        await node.Broker.SubscribeAsync("news");
        await node.Broker.PublishAsync("news", "1");

        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") == 1);
    }

    private RedisNode NewNode(string address, double commandTimeout = 5, RecordingLog? log = null) => new(
        address,
        _prefix,
        options =>
        {
            options.CommandTimeout = TimeSpan.FromSeconds(commandTimeout);
            options.ProbeInterval = TimeSpan.FromMilliseconds(200);
            options.ProbeTimeout = TimeSpan.FromSeconds(1);
        },
        log);
}
