using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What Redis may refuse or lose, and what becomes of a history then. The Redis is a private one, so its settings may be changed.</summary>
public sealed class RedisHistoryFailureTests : IAsyncLifetime
{
    private static readonly HistoryLimits Limits = new(100, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    private static readonly HistoryQuery Everything = new(1_000);

    private RedisServer _redis = null!;
    private RedisServerControl _operator = null!;
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static PublishOptions Full => new(Limits, new IdempotencyKey("key", new byte[16], TimeSpan.FromMinutes(5)), Version: 5);

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartPrivateAsync(Cancellation, "--save", "");
        _operator = await RedisServerControl.ConnectAsync(_redis);
        _node = new RedisNode(_redis.ConnectionString);
        await _node.Broker.StartAsync();
        await _node.Broker.SubscribeAsync("news");
        await _node.Broker.PublishAsync("news", "before", new PublishOptions(Limits, Version: 1));
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _operator.DisposeAsync();
        await _redis.DisposeAsync();
    }

    public static TheoryData<string[], string[]> Refusals => new()
    {
        { ["maxmemory", "1"], ["maxmemory", "0"] }, // No memory, and the default policy: nothing is evicted.
        { ["min-replicas-to-write", "1"], ["min-replicas-to-write", "0"] },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refused_publication_leaves_nothing_behind(string[] refuse, string[] allow)
    {
        await ConfigureAsync(refuse);
        await AssertNothingIsDoneAsync(Full);
        await AssertNothingIsDoneAsync(new PublishOptions(Limits));
        await AssertNothingIsDoneAsync(Full with { History = null });
        Assert.Equal("before", TextOf(Assert.Single((await ReadAsync()).Publications))); // Reading goes on.

        await ConfigureAsync(allow);
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task A_replica_takes_no_publication()
    {
        await _operator.Database.ExecuteAsync("REPLICAOF", "127.0.0.1", "1");
        await AssertNothingIsDoneAsync(Full);

        await _operator.Database.ExecuteAsync("REPLICAOF", "NO", "ONE");
        await Patience.UntilAsync(async () =>
        {
            try
            {
                await _node.Broker.PublishAsync("other", "1", new PublishOptions(Limits));
                return true;
            }
            catch (BrokerUnavailableException)
            {
                return false; // Until the library has seen that it is the primary again.
            }
        });
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task A_user_who_may_write_but_not_publish_does_neither()
    {
        await _operator.Database.ExecuteAsync("ACL", "SETUSER", "gateway", "on", ">secret", "~pg:*", "+@all", "resetchannels");
        await using var node = new RedisNode($"{_redis.ConnectionString},user=gateway,password=secret");
        await node.Broker.StartAsync();
        var before = await DumpAsync();

        await Assert.ThrowsAsync<BrokerUnavailableException>(() => node.Broker.PublishAsync("news", "refused", Full));

        Assert.Equal(before, await DumpAsync());
        Assert.Equal("before", TextOf(Assert.Single((await node.Broker.ReadAsync("news", Everything, Limits)).Publications)));
        await AssertGoesOnAsync();
    }

    [Theory]
    [InlineData("h")]
    [InlineData("m")]
    [InlineData("i")]
    public async Task A_foreign_key_in_the_way_refuses_the_publication_as_a_whole(string kind)
    {
        // The name of an idempotency key holds a hash: the real one is found, and then stood in for.
        await _node.Broker.PublishAsync("other", "1", Full);
        var name = kind == "i"
            ? ((string)(await FindKeysAsync("pg:i:{other}:*")).Single()!).Replace("{other}", "{news}", StringComparison.Ordinal)
            : $"pg:{kind}:{{news}}";
        var database = _operator.Database;
        var saved = kind == "i" ? null : await database.KeyDumpAsync(name);
        await database.KeyDeleteAsync(name);
        await database.SetAddAsync(name, "foreign");
        var others = await DumpAsync(except: name);

        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", "refused", Full));

        Assert.Equal(others, await DumpAsync(except: name));
        await database.KeyDeleteAsync(name);
        if (saved is not null)
            await database.KeyRestoreAsync(name, saved, TimeSpan.FromMinutes(5));
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task A_list_that_outlived_its_hash_is_not_read()
    {
        await _node.Broker.PublishAsync("news", "2", new PublishOptions(Limits));
        await _operator.Database.KeyDeleteAsync("pg:m:{news}");

        Assert.Empty((await ReadAsync()).Publications);
        await _node.Broker.PublishAsync("news", "new", new PublishOptions(Limits));

        var page = await ReadAsync();
        Assert.Equal((1UL, "new"), (page.Top.Offset, TextOf(Assert.Single(page.Publications))));
        Assert.Equal(1, await _operator.Database.ListLengthAsync("pg:h:{news}"));
    }

    [Fact]
    public async Task A_hash_that_outlived_its_list_goes_on_and_tells_the_hole()
    {
        await _operator.Database.KeyDeleteAsync("pg:h:{news}");

        var page = await ReadAsync();
        Assert.Equal((1UL, 0, false), (page.Top.Offset, page.Publications.Count, page.IsContinuous));
        await _node.Broker.PublishAsync("news", "2", new PublishOptions(Limits));
        page = await ReadAsync();
        Assert.Equal((2UL, false), (page.Top.Offset, page.IsContinuous));
        Assert.Equal(2UL, Assert.Single(page.Publications).Offset);
    }

    [Fact]
    public async Task What_somebody_else_put_into_the_list_is_a_hole()
    {
        await _node.Broker.PublishAsync("news", "2", new PublishOptions(Limits));
        await _node.Broker.PublishAsync("news", "3", new PublishOptions(Limits));
        await _operator.Database.ListSetByIndexAsync("pg:h:{news}", 1, "foreign");

        var page = await ReadAsync();

        Assert.Equal([1UL, 3UL], page.Publications.Select(publication => publication.Offset));
        Assert.False(page.IsContinuous);
        await _operator.Database.ListSetByIndexAsync("pg:h:{news}", 0, "foreign");
        await AssertGoesOnAsync();
    }

    [Fact]
    public async Task A_history_that_was_set_back_does_not_follow_on_what_was_seen()
    {
        var list = await _operator.Database.KeyDumpAsync("pg:h:{news}");
        var hash = await _operator.Database.KeyDumpAsync("pg:m:{news}");
        var lost = (await _node.Broker.PublishAsync("news", "lost", new PublishOptions(Limits))).Position!.Value;
        await Patience.UntilAsync(() => _node.Broker.Inbox.TextsOf("news").Contains("lost"));
        var seen = _node.Broker.Inbox.Of("news")[^1];
        await _operator.Database.KeyDeleteAsync(["pg:h:{news}", "pg:m:{news}"]);
        await _operator.Database.KeyRestoreAsync("pg:h:{news}", list!, TimeSpan.FromMinutes(5));
        await _operator.Database.KeyRestoreAsync("pg:m:{news}", hash!, TimeSpan.FromMinutes(5));
        await Patience.UntilAsync(() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() > seen.Time + 5);

        await _node.Broker.PublishAsync("news", "in its place", new PublishOptions(Limits));
        await _node.Broker.PublishAsync("news", "next", new PublishOptions(Limits));

        Assert.True((await _node.Broker.ReadAsync("news", new HistoryQuery(10, lost), Limits)).IsContinuous);
        var page = await _node.Broker.ReadAsync("news", new HistoryQuery(10, lost, SinceTime: seen.Time), Limits);
        Assert.False(page.IsContinuous);
        Assert.Empty(page.Publications);
    }

    [Fact]
    public async Task What_was_stuck_on_its_way_tells_that_it_is_over()
    {
        await using var proxy = new TcpProxy(_redis.ConnectionString);
        await using var far = new RedisNode(proxy.Address, configure: options => options.ProbeTimeout = TimeSpan.FromMinutes(1));
        await far.Broker.StartAsync();
        await far.Broker.SubscribeAsync("news");
        proxy.Freeze();
        await _node.Broker.PublishAsync("news", new Publication("1"u8.ToArray()) { Lifetime = TimeSpan.FromMilliseconds(200) }, PublishOptions.Default);
        var published = DateTimeOffset.UtcNow;
        await Patience.UntilAsync(() => DateTimeOffset.UtcNow > published.AddMilliseconds(500));

        proxy.Thaw();

        await Patience.UntilAsync(() => far.Broker.Inbox.CountOf("news") == 1);
        Assert.True(far.Broker.Inbox.Of("news")[0].ExpiresAt < DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Every_key_expires()
    {
        await _node.Broker.PublishAsync("one", "1", Full);
        await _node.Broker.PublishAsync("two", "1", Full with { History = null });
        await _node.Broker.ReadAsync("three", Everything, Limits);
        await _node.Broker.PublishAsync("four", "1", new PublishOptions(Limits));
        var epoch = (await _node.Broker.GetPositionAsync("four"))!.Value.Epoch;
        await _node.Broker.RenewAsync("four", epoch);

        var keys = await FindKeysAsync("pg:[him]:*");
        Assert.Equal(10, keys.Length);
        foreach (var key in keys)
            Assert.NotNull(await _operator.Database.KeyTimeToLiveAsync((string)key!));
        Assert.InRange((await _operator.Database.KeyTimeToLiveAsync("pg:m:{two}"))!.Value, TimeSpan.FromHours(23), TimeSpan.FromHours(24));
        Assert.InRange((await _operator.Database.KeyTimeToLiveAsync("pg:m:{one}"))!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.InRange((await _operator.Database.KeyTimeToLiveAsync("pg:h:{one}"))!.Value, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_version_without_a_history_does_not_shorten_the_life_of_one()
    {
        var limits = Limits with { MetaTtl = TimeSpan.FromDays(30) };
        await _node.Broker.PublishAsync("news", "1", new PublishOptions(limits));
        await _node.Broker.PublishAsync("news", "2", new PublishOptions(Version: 7));

        Assert.InRange((await _operator.Database.KeyTimeToLiveAsync("pg:m:{news}"))!.Value, TimeSpan.FromDays(29), TimeSpan.FromDays(30));
    }

    private async Task AssertNothingIsDoneAsync(PublishOptions options)
    {
        var before = await DumpAsync();
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _node.Broker.PublishAsync("news", "refused", options));
        Assert.Equal(before, await DumpAsync());
    }

    private async Task AssertGoesOnAsync()
    {
        var next = (await ReadAsync()).Top.Offset + 1;
        var outcome = await _node.Broker.PublishAsync("news", "after", Full);

        Assert.Equal((next, false, false), (outcome.Position!.Value.Offset, outcome.IsRepeated, outcome.IsSuperseded));
        await Patience.UntilAsync(() => _node.Broker.Inbox.TextsOf("news").Contains("after"));
        Assert.DoesNotContain("refused", _node.Broker.Inbox.TextsOf("news"));
        Assert.Equal("after", TextOf((await ReadAsync()).Publications[^1]));
    }

    private Task<HistoryPage> ReadAsync() => _node.Broker.ReadAsync("news", Everything, Limits);

    private async Task ConfigureAsync(string[] setting) => await _operator.Database.ExecuteAsync("CONFIG", ["SET", .. setting]);

    private async Task<RedisValue[]> FindKeysAsync(string pattern) => (RedisValue[])(await _operator.Database.ExecuteAsync("KEYS", pattern))!;

    /// <summary>All that the gateway keeps of channels, byte by byte.</summary>
    private async Task<string[]> DumpAsync(string? except = null)
    {
        var dumps = new List<string>();
        foreach (var key in await FindKeysAsync("pg:[him]:*"))
            if (key != except)
                dumps.Add($"{key} {Convert.ToHexString((await _operator.Database.KeyDumpAsync((string)key!))!)}");
        return [.. dumps.Order(StringComparer.Ordinal)];
    }

    private static string TextOf(Publication publication) => System.Text.Encoding.UTF8.GetString(publication.Data.Span);
}
