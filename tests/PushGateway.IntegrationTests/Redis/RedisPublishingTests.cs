using System.Collections.Concurrent;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Publishing on the connection for it, while a real Redis fails in its ways. The Redis is a private one.</summary>
public sealed class RedisPublishingTests : IAsyncLifetime
{
    private static readonly PublishOptions Kept = new(new HistoryLimits(100_000, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10)));

    private RedisServer _redis = null!;
    private RedisServerControl _operator = null!;
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartPrivateAsync(Cancellation, "--save", "");
        _operator = await RedisServerControl.ConnectAsync(_redis);
        _node = await StartNodeAsync(_redis.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _operator.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Publications_of_many_publishers_arrive_each_in_order_by_the_connection_for_them()
    {
        const int Publishers = 1_000, Each = 10;
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(i => _node.Broker.SubscribeAsync($"#{i}")));

        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
                await _node.Broker.Broker.PublishAsync($"#{publisher}", new Publication(new[] { (byte)('0' + i) }), publisher % 2 == 0 ? Kept : PublishOptions.Default, Cancellation);
        })));

        await Patience.UntilAsync(() => _node.Broker.Inbox.Count == Publishers * Each);
        for (var publisher = 0; publisher < Publishers; publisher++)
            Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], _node.Broker.Inbox.TextsOf($"#{publisher}"));
        Assert.Contains(Assert.Single(await _operator.LatestCommandsAsync("pushgateway-publisher")), (string[])["publish", "evalsha", "role"]);
    }

    [Fact]
    public async Task What_is_published_while_the_connection_is_killed_again_and_again_is_kept_once_or_not_at_all()
    {
        const int Publishers = 20;
        var acknowledged = new ConcurrentBag<string>();
        using var enough = new CancellationTokenSource();
        var publishing = Enumerable.Range(0, Publishers).Select(publisher => Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
                try
                {
                    await _node.Broker.PublishAsync("news", $"{publisher}-{i}", Kept);
                    acknowledged.Add($"{publisher}-{i}");
                }
                catch (BrokerUnavailableException)
                {
                    // Published or not: not told.
                }
        })).ToArray();

        for (var kill = 0; kill < 10; kill++)
        {
            var before = acknowledged.Count;
            await Patience.UntilAsync(() => _operator.KillAsync("pushgateway-publisher"));
            await Patience.UntilAsync(() => acknowledged.Count > before + 100);
            Assert.Null(_node.Broker.Broker.WhyNotReady); // It goes on by the other connection meanwhile.
        }

        await enough.CancelAsync();
        await Task.WhenAll(publishing);
        var kept = (await _node.Broker.ReadAsync("news", new HistoryQuery(100_000), Kept.History!)).Publications;
        var texts = kept.Select(publication => System.Text.Encoding.UTF8.GetString(publication.Data.Span)).ToArray();
        Assert.Equal(texts.Length, texts.Distinct().Count());
        Assert.Empty(acknowledged.Except(texts));
        foreach (var publisher in texts.GroupBy(text => text.Split('-')[0], text => int.Parse(text.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture)))
            Assert.Equal(publisher.Order(), publisher);
    }

    [Fact]
    public async Task A_script_that_redis_forgot_is_sent_again()
    {
        await _node.Broker.PublishAsync("news", "1", Kept);

        for (var i = 0; i < 3; i++)
        {
            await _operator.Database.ExecuteAsync("SCRIPT", "FLUSH");
            Assert.Equal((ulong)i + 2, (await _node.Broker.PublishAsync("news", "again", Kept)).Position!.Value.Offset);
        }
    }

    [Fact]
    public async Task A_frozen_redis_is_told_in_time_and_published_to_again_when_it_goes_on()
    {
        await _redis.PauseAsync(Cancellation);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", $"{i}", Kept))));

        await _redis.ResumeAsync(Cancellation);

        await UntilPublishedAsync();
        await UntilConnectedAsync(_node);
    }

    [Fact]
    public async Task After_a_restart_there_is_a_new_connection()
    {
        await _redis.StopAsync(Cancellation);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", "1"));
        Assert.False(_node.Connection.Publishing.IsWhole);

        await _redis.StartAsync(Cancellation);

        await UntilConnectedAsync(_node);
        await UntilPublishedAsync();
    }

    [Fact]
    public async Task A_connection_that_nothing_comes_back_on_is_left_while_the_others_live()
    {
        await using var proxy = new TcpProxy(_redis.ConnectionString);
        await using var node = await StartNodeAsync(proxy.Address);
        await node.Broker.SubscribeAsync("news");

        Assert.Equal(1, proxy.Mute("pushgateway-publisher"));
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => node.Broker.PublishAsync("news", "1", Kept));

        var before = proxy.Accepted;
        await Patience.UntilAsync(() => proxy.Accepted > before);
        await UntilConnectedAsync(node);
        await node.Broker.PublishAsync("news", "2", Kept);
        await Patience.UntilAsync(() => node.Broker.Inbox.TextsOf("news").Contains("2"));
        Assert.Null(node.Broker.Broker.WhyNotReady);
    }

    [Fact]
    public async Task Who_gives_up_waiting_is_let_go_and_disturbs_nobody()
    {
        await _redis.PauseAsync(Cancellation);
        using var patience = new CancellationTokenSource();
        var given = Enumerable.Range(0, 100).Select(_ => _node.Broker.Broker.PublishAsync("news", new Publication("1"u8.ToArray()), Kept, patience.Token).AsTask()).ToArray();

        await patience.CancelAsync();

        foreach (var one in given)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await _redis.ResumeAsync(Cancellation);
        await UntilPublishedAsync();
        for (var i = 0; i < 100; i++)
            await _node.Broker.PublishAsync("other", $"{i}", Kept);
        Assert.Equal(100UL, (await _node.Broker.GetPositionAsync("other"))!.Value.Offset);
    }

    private static Task UntilConnectedAsync(RedisNode node) => Patience.UntilAsync(() => node.Connection.Publishing.IsWhole);

    private static async Task<RedisNode> StartNodeAsync(string address)
    {
        var node = new RedisNode(address, configure: options =>
        {
            options.CommandTimeout = TimeSpan.FromSeconds(1);
            options.ProbeInterval = TimeSpan.FromMilliseconds(200);
        });
        await node.Broker.StartAsync();
        await UntilConnectedAsync(node);
        return node;
    }

    private Task UntilPublishedAsync() => Patience.UntilAsync(async () =>
    {
        try
        {
            await _node.Broker.PublishAsync("news", "back", Kept);
            return true;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    });
}
