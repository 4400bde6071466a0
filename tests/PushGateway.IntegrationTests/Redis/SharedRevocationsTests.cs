using System.Diagnostics;
using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security.Revocations;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Revocations when nodes do not hear them, come later, or have to remember them for Redis.</summary>
public sealed class SharedRevocationsTests(RedisServer redis) : IAsyncLifetime
{
    private static readonly DateTimeOffset Moment = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), Later = Moment.AddYears(50);

    private readonly string _prefix = RedisNode.UniquePrefix();
    private readonly List<RedisNode> _nodes = [];
    private readonly StubNode _stub = new("a");
    private RedisServerControl _control = null!;
    private RedisNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _control = await RedisServerControl.ConnectAsync(redis);
        _node = await StartAsync(_stub);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _control.DisposeAsync();
    }

    [Fact]
    public async Task A_node_that_does_not_hear_the_order_finds_the_revocation_all_the_same()
    {
        await using var proxy = new TcpProxy(redis.ConnectionString);
        var deaf = new StubNode("b");
        await StartAsync(deaf, proxy.Address);
        Assert.Equal(1, proxy.Mute("pushgateway-subscriber"));

        var reached = await _node.Cluster.RevokeAsync(OfUser("42"), Cancellation);

        Assert.Equal(["b"], reached.SilentNodes);
        await Patience.UntilAsync(() => deaf.Known.ContainsKey(OfUser("42")));
        Assert.Empty(deaf.Orders);
    }

    [Fact]
    public async Task A_node_that_starts_later_knows_all_before_it_has_started()
    {
        Revocation[] all = [OfUser("42"), OfUser("a b:漢"), OfToken("42"), new(null, default, "t 漢", null), new("ever", Moment, null, null)];
        foreach (var revocation in all)
            await _node.Cluster.RevokeAsync(revocation, Cancellation);

        var late = new StubNode("b");
        await StartAsync(late);

        Assert.True(late.KnowsAll);
        Assert.Equal(all.ToHashSet(), late.Known.Keys.ToHashSet());
        Assert.Empty(late.Orders);
    }

    [Fact]
    public async Task Of_two_for_a_user_redis_keeps_the_later_time_and_the_later_end()
    {
        await _node.Cluster.RevokeAsync(new Revocation("42", Moment, null, Later), Cancellation);
        await _node.Cluster.RevokeAsync(new Revocation("42", Moment.AddDays(1), null, Later.AddDays(-1)), Cancellation);
        await _node.Cluster.RevokeAsync(new Revocation("42", Moment.AddDays(-1), null, Later.AddDays(-1)), Cancellation);
        await _node.Cluster.RevokeAsync(new Revocation("43", Moment, null, null), Cancellation);
        await _node.Cluster.RevokeAsync(new Revocation("43", Moment, null, Later), Cancellation);

        var late = new StubNode("b");
        await StartAsync(late);
        Assert.Equal(new HashSet<Revocation> { new("42", Moment.AddDays(1), null, Later), new("43", Moment, null, null) }, late.Known.Keys.ToHashSet());
        Assert.Equal(3, await ChangesAsync()); // What says nothing new is no change.
    }

    [Fact]
    public async Task What_redis_has_lost_the_nodes_bring_back_once()
    {
        var other = new StubNode("b");
        await StartAsync(other);
        foreach (var revocation in (Revocation[])[OfUser("42"), OfToken("t1"), new(null, default, "t2", null)])
            await _node.Cluster.RevokeAsync(revocation, Cancellation);

        await _control.Database.KeyDeleteAsync(Keys());

        await Patience.UntilAsync(async () => await ChangesAsync() == 3);
        var late = new StubNode("c");
        await StartAsync(late);
        Assert.Equal(3, late.Known.Count);

        // All have read the new epoch by now or read it here; none of them writes again.
        await _node.Cluster.RevokeAsync(OfUser("43"), Cancellation);
        foreach (var stub in (StubNode[])[_stub, other, late])
            await Patience.UntilAsync(() => stub.Known.GetValueOrDefault(OfUser("43")) > 0);
        Assert.Equal(4, await ChangesAsync());
    }

    [Fact]
    public async Task What_was_evicted_in_part_is_whole_again()
    {
        await _node.Cluster.RevokeAsync(OfUser("42"), Cancellation);
        await _node.Cluster.RevokeAsync(OfToken("t1"), Cancellation);
        await Patience.UntilAsync(() => _stub.Known.Values.All(times => times > 0));

        await _control.Database.KeyDeleteAsync(Keys()[1]);

        await Patience.UntilAsync(async () => await _control.Database.HashLengthAsync(Keys()[1]) == 2);
    }

    [Fact]
    public async Task A_redis_that_was_set_back_gets_what_was_made_since()
    {
        var other = new StubNode("b");
        await StartAsync(other);
        await _node.Cluster.RevokeAsync(OfUser("42"), Cancellation);
        await _node.Cluster.RevokeAsync(OfUser("43"), Cancellation);
        foreach (var stub in (StubNode[])[_stub, other])
            await Patience.UntilAsync(() => stub.Known.GetValueOrDefault(OfUser("43")) > 0);
        var epoch = await _control.Database.HashGetAsync(Keys()[0], "e");

        // As a replica that the last change had not reached, or a snapshot from before it.
        var setBack = _control.Database.CreateTransaction();
        _ = setBack.HashSetAsync(Keys()[0], "n", 1);
        _ = setBack.HashDeleteAsync(Keys()[1], "u:43");
        _ = setBack.SortedSetRemoveAsync(Keys()[2], "u:43");
        _ = setBack.SortedSetRemoveAsync(Keys()[3], "u:43");
        Assert.True(await setBack.ExecuteAsync());

        await Patience.UntilAsync(async () => await _control.Database.HashExistsAsync(Keys()[1], "u:43"));
        Assert.NotEqual(epoch, await _control.Database.HashGetAsync(Keys()[0], "e"));
        await _node.Cluster.RevokeAsync(OfUser("44"), Cancellation);
        await Patience.UntilAsync(() => other.Known.GetValueOrDefault(OfUser("44")) > 0);
        Assert.Equal(3, await ChangesAsync());
    }

    [Fact]
    public async Task What_is_over_is_removed_from_redis()
    {
        var now = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < 250; i++)
            await _node.Cluster.RevokeAsync(new Revocation($"{i}", Moment, null, now.AddMinutes(-10)), Cancellation);
        await _node.Cluster.RevokeAsync(new Revocation("soon", Moment, null, now.AddSeconds(1)), Cancellation);
        await _node.Cluster.RevokeAsync(OfUser("42"), Cancellation);

        // Clocks of nodes may be behind by minutes.
        await Patience.UntilAsync(async () => await _control.Database.HashLengthAsync(Keys()[1]) == 2);
        Assert.True(await _control.Database.HashExistsAsync(Keys()[1], "u:soon"));
        Assert.Equal((2, 2), (await _control.Database.SortedSetLengthAsync(Keys()[2]), await _control.Database.SortedSetLengthAsync(Keys()[3])));
    }

    [Fact]
    public async Task While_redis_is_away_none_can_be_made_and_a_node_that_starts_trusts_nothing()
    {
        await using var own = await RedisServer.StartPrivateAsync(Cancellation);
        var before = await StartAsync(new StubNode("a"), own.ConnectionString);
        await before.Cluster.RevokeAsync(OfUser("42"), Cancellation);
        await own.StopAsync(Cancellation);

        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await before.Cluster.RevokeAsync(OfUser("43"), Cancellation));
        var stub = new StubNode("b");
        await StartAsync(stub, own.ConnectionString, commandTimeout: 0.5);
        Assert.False(stub.KnowsAll);

        await own.StartAsync(Cancellation);
        await Patience.UntilAsync(() => stub.KnowsAll);
        Assert.Contains(OfUser("42"), stub.Known.Keys);
    }

    [Fact]
    public async Task Foreign_entries_are_passed_over()
    {
        await _node.Cluster.RevokeAsync(OfUser("42"), Cancellation);
        string[] values = ["", "x", "1 x", "99999999999999999999 1", "1 99999999999999999", "1"];
        foreach (var (i, value) in values.Append("1 1").Index())
        {
            var subject = value == "1 1" ? "device:7" : $"u:foreign{i}";
            await _control.Database.HashSetAsync(Keys()[1], subject, value);
            await _control.Database.SortedSetAddAsync(Keys()[2], subject, 1000 + i);
            await _control.Database.SortedSetAddAsync(Keys()[3], subject, double.PositiveInfinity);
        }

        await _control.Database.HashSetAsync(Keys()[0], "n", 2000);
        var late = new StubNode("b");
        await StartAsync(late);
        Assert.True(late.KnowsAll);
        Assert.Equal([OfUser("42")], late.Known.Keys);
    }

    [Fact]
    public async Task Ten_thousand_are_read_by_a_node_that_starts()
    {
        foreach (var some in Enumerable.Range(0, 10_000).Chunk(500))
            await Task.WhenAll(some.Select(i => _node.Cluster.RevokeAsync(OfUser($"{i}"), Cancellation).AsTask()));

        var late = new StubNode("b");
        var watch = Stopwatch.StartNew();
        await StartAsync(late);

        TestContext.Current.TestOutputHelper?.WriteLine($"A node with 10,000 revocations to read started in {watch.ElapsedMilliseconds} ms.");
        Assert.Equal(10_000, late.Known.Count);
    }

    private static Revocation OfUser(string user) => new(user, Moment, null, Later);

    private static Revocation OfToken(string id) => new(null, default, id, Later);

    // Written out, since nodes of other versions know them.
    private RedisKey[] Keys() => [Key("revocations"), Key("revoked"), Key("revoked:order"), Key("revoked:until")];

    private RedisKey Key(string name) => $"{_prefix}:{{cluster}}:{name}";

    private async Task<long> ChangesAsync() => (long)await _control.Database.HashGetAsync(Keys()[0], "n");

    private async Task<RedisNode> StartAsync(StubNode stub, string? address = null, double commandTimeout = 20)
    {
        var node = new RedisNode(address ?? redis.ConnectionString, _prefix, options =>
        {
            options.CommandTimeout = TimeSpan.FromSeconds(commandTimeout);
            options.ProbeTimeout = TimeSpan.FromSeconds(60);
        });
        _nodes.Add(node);
        await node.Cluster.StartAsync(stub, Cancellation);
        return node;
    }
}
