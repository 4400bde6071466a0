using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What becomes of the members of nodes that die, on a Redis and on a Redis Cluster.</summary>
public abstract class NodeDeathSuite : IAsyncLifetime
{
    private protected static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);
    private protected static readonly MembershipRules OfUsers = new(Announces: false, TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(1), Announces: true));

    private static readonly string[] Users = ["ann", "bob", "cid"];

    private MortalNodes _nodes = null!;
    private ConnectionMultiplexer _operator = null!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IDatabase Database => _operator.GetDatabase();

    /// <summary>Where Redis is.</summary>
    protected abstract ValueTask<string> ConnectAsync();

    public async ValueTask InitializeAsync()
    {
        var connection = await ConnectAsync();
        _operator = await ConnectionMultiplexer.ConnectAsync(connection);
        _nodes = new MortalNodes(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _operator.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Its_members_are_in_no_answer_once_its_lease_has_run_out_and_their_leaving_is_told_once()
    {
        var (watching, dying) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        await watching.Presence.SubscribeAsync("room");
        var stays = await JoinAsync(watching, "room", "ann");
        var gone = new List<Membership>();
        foreach (var user in (string[])["ann", "bob", ""])
            gone.Add(await JoinAsync(dying, "room", user));
        var unread = Enumerable.Range(0, 150).Select(i => $"unread:{i}").ToArray();
        await Task.WhenAll(unread.Select(channel => JoinAsync(dying, channel, "ann")));
        var incarnation = await dying.GetIncarnationAsync();
        Assert.Equal(new PresenceStats(4, 3), await watching.Presence.CountAsync("room"));

        await dying.DieAsync();

        await Patience.UntilAsync(async () => await watching.Presence.CountAsync("room") == new PresenceStats(1, 1));
        Assert.Equal([stays.ToClientInfo()], await watching.Presence.ReadAllAsync("room"));
        await Patience.UntilAsync(() => watching.Inbox.TextsOf("room").Length == 7);
        Assert.Equal(
            gone.Select(member => $"Left {member.Connection}").Order(),
            watching.Inbox.TextsOf("room")[4..].Order());
        Assert.Single(ReplayedMembers.From(watching.Inbox.ChangesOf("room")).Members);
        await AssertNothingIsLeftAsync(incarnation, unread);
    }

    [Fact]
    public async Task Answers_are_exact_also_before_anybody_has_reaped_it()
    {
        var (watching, dying) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        await watching.Presence.SubscribeAsync("room");
        var members = await Task.WhenAll(Enumerable.Range(0, 450).Select(i => JoinAsync(dying, "room", $"user{i}")));
        var incarnation = await dying.GetIncarnationAsync();

        // A reaper that has claimed it and does nothing.
        await Database.StringSetAsync(_nodes.Key($"{{cluster}}:reaper:{incarnation}"), "nobody");
        await dying.DieAsync();

        await Patience.UntilAsync(async () => (await watching.Presence.CountAsync("room")).Clients == 0);
        await Patience.UntilAsync(() => watching.Inbox.ChangesOf("room").Length == 2 * members.Length);
        Assert.Empty(ReplayedMembers.From(watching.Inbox.ChangesOf("room")).Members);
        Assert.True(await Database.KeyExistsAsync(_nodes.Key($"{{cluster}}:channels:{incarnation}")));

        await Database.KeyDeleteAsync(_nodes.Key($"{{cluster}}:reaper:{incarnation}"));
        await AssertNothingIsLeftAsync(incarnation, ["room"]);
        Assert.Equal(2 * members.Length, watching.Inbox.ChangesOf("room").Length);
    }

    [Fact]
    public async Task Two_nodes_that_die_at_once_are_both_reaped()
    {
        var (watching, first, second) = (await _nodes.StartAsync(), await _nodes.StartAsync(), await _nodes.StartAsync());
        await watching.Presence.SubscribeAsync("room");
        for (var i = 0; i < 5; i++)
        {
            await JoinAsync(first, "room", $"user{i}");
            await JoinAsync(second, "room", $"user{i}");
        }

        string[] incarnations = [await first.GetIncarnationAsync(), await second.GetIncarnationAsync()];
        await Task.WhenAll(first.DieAsync().AsTask(), second.DieAsync().AsTask());

        await Patience.UntilAsync(async () => await watching.Presence.CountAsync("room") == default);
        await Patience.UntilAsync(() => watching.Inbox.ChangesOf("room").Length == 20);
        Assert.Empty(ReplayedMembers.From(watching.Inbox.ChangesOf("room")).Members);
        foreach (var incarnation in incarnations)
            await AssertNothingIsLeftAsync(incarnation, ["room"]);
    }

    [Fact]
    public async Task Where_the_one_that_reaps_dies_over_it_another_goes_on_and_each_leaving_is_told_once()
    {
        var channels = Enumerable.Range(0, 300).Select(i => $"room:{i}").ToArray();
        var inbox = await _nodes.ListenAsync(channels);
        var (dying, reaping) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        await Task.WhenAll(channels.SelectMany(channel => (Task[])[JoinAsync(dying, channel, "ann"), JoinAsync(dying, channel, "bob")]));
        string[] incarnations = [await dying.GetIncarnationAsync(), await reaping.GetIncarnationAsync()];
        await dying.DieAsync();

        await Patience.UntilAsync(() => LeavingsIn(inbox, channels) > 0);
        await reaping.DieAsync();
        await _nodes.StartAsync();

        await Patience.UntilAsync(() => LeavingsIn(inbox, channels) >= 2 * channels.Length);
        foreach (var incarnation in incarnations)
            await AssertNothingIsLeftAsync(incarnation, channels);
        foreach (var channel in channels)
        {
            Assert.Equal(4, inbox.ChangesOf(channel).Length);
            Assert.Empty(ReplayedMembers.From(inbox.ChangesOf(channel)).Members);
        }
    }

    [Fact]
    public async Task One_user_that_cannot_be_told_of_holds_up_no_other()
    {
        var (watching, dying) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        watching.Inbox.OnAnnouncement = static user =>
        {
            if (user.User == "ann")
                throw new InvalidOperationException("A defect.");
        };
        var users = Enumerable.Range(0, 100).Select(i => $"user{i}").Append("ann").ToArray();
        await Task.WhenAll(users.Select(user => JoinAsync(dying, $"#{user}", user, OfUsers)));

        await dying.DieAsync();

        await Patience.UntilAsync(() => users.All(user => user == "ann" || watching.Inbox.AnnouncementsOf(user).Length == 1));
    }

    [Fact]
    public async Task What_it_had_not_told_of_its_users_is_told_by_the_one_that_reaps_it()
    {
        var (watching, dying) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        dying.Inbox.OnAnnouncement = static _ => throw new BrokerUnavailableException();
        await JoinAsync(dying, "#ann", "ann", OfUsers);
        var bob = await JoinAsync(dying, "#bob", "bob", OfUsers);
        await dying.Presence.LeaveAsync(bob);
        await JoinAsync(dying, "#cid", "cid", OfUsers);
        await JoinAsync(watching, "#cid", "cid", OfUsers);

        await dying.DieAsync();

        await Patience.UntilAsync(() => Array.TrueForAll(Users, user => watching.Inbox.AnnouncementsOf(user).Length > 0));
        Assert.Equal([false], watching.Inbox.AnnouncementsOf("ann").Select(announcement => announcement.User.IsOnline));
        Assert.Equal([false], watching.Inbox.AnnouncementsOf("bob").Select(announcement => announcement.User.IsOnline));
        Assert.True(watching.Inbox.AnnouncementsOf("cid")[^1].User.IsOnline);
        Assert.False((await watching.Presence.ReadUserAsync("ann")).IsOnline);
        Assert.NotNull((await watching.Presence.ReadUserAsync("bob")).LastSeen);
        Assert.True((await watching.Presence.ReadUserAsync("cid")).IsOnline);
        Assert.Empty(dying.Inbox.AnnouncementsOf("ann"));
    }

    [Fact]
    public async Task Who_waits_for_its_return_on_it_leaves_with_it_and_who_is_back_stays()
    {
        var rules = new MembershipRules(Announces: true, TimeSpan.FromMinutes(10));
        var (watching, dying) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        await watching.Presence.SubscribeAsync("room");
        var gone = await JoinAsync(dying, "room", "ann", rules);
        var replaced = await JoinAsync(dying, "room", "bob", rules);
        await dying.Presence.LeaveAsync(gone, mayReturn: true);
        await dying.Presence.LeaveAsync(replaced, mayReturn: true);
        var back = await JoinAsync(watching, "room", "bob", rules);

        await dying.DieAsync();

        await Patience.UntilAsync(async () => (await watching.Presence.CountAsync("room")).Clients == 1);
        await Patience.UntilAsync(() => watching.Inbox.TextsOf("room").Length == 4);
        Assert.Equal($"Left {gone.Connection}", watching.Inbox.TextsOf("room")[^1]);
        Assert.Equal([back.ToClientInfo()], ReplayedMembers.From(watching.Inbox.ChangesOf("room")).Members);

        // Nobody takes the place of one that is gone for good.
        var anew = await JoinAsync(watching, "room", "ann", rules);
        await Patience.UntilAsync(() => watching.Inbox.TextsOf("room").Length == 5);
        Assert.Equal($"Joined {anew.Connection}", watching.Inbox.TextsOf("room")[^1]);
    }

    [Fact]
    public async Task A_lease_that_runs_on_and_on_because_the_clock_of_redis_was_set_back_is_cut_short()
    {
        var (watching, dying) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        await JoinAsync(dying, "room", "ann");
        var incarnation = await dying.GetIncarnationAsync();

        await dying.DieAsync();
        await Database.SortedSetAddAsync(_nodes.Key("{cluster}:leases"), incarnation, DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());

        await Patience.UntilAsync(async () => await watching.Presence.CountAsync("room") == default);
    }

    [Fact]
    public async Task A_node_that_is_stopped_leaves_nothing_to_be_reaped()
    {
        var (watching, stopping) = (await _nodes.StartAsync(), await _nodes.StartAsync());
        await watching.Presence.SubscribeAsync("room");
        var rules = new MembershipRules(Announces: true, TimeSpan.FromMinutes(10));
        var channels = Enumerable.Range(0, 50).Select(i => $"room:{i}").ToArray();
        await Task.WhenAll(channels.Select(channel => JoinAsync(stopping, channel, "ann")));
        await JoinAsync(stopping, "room", "ann");
        await stopping.Presence.LeaveAsync(await JoinAsync(stopping, "room", "bob", rules), mayReturn: true);
        await JoinAsync(stopping, "#ann", "ann", OfUsers);
        var incarnation = await stopping.GetIncarnationAsync();

        await stopping.DisposeAsync();

        Assert.Equal(default, await watching.Presence.CountAsync("room"));
        await Patience.UntilAsync(() => watching.Inbox.ChangesOf("room").Length == 4);
        Assert.Empty(ReplayedMembers.From(watching.Inbox.ChangesOf("room")).Members);
        Assert.Equal([true, false], stopping.Inbox.AnnouncementsOf("ann").Select(announcement => announcement.User.IsOnline));
        Assert.Equal(0, await Database.SortedSetLengthAsync(_nodes.Key("{cluster}:graves")));
        await AssertNothingIsLeftAsync(incarnation, channels);
    }

    private static int LeavingsIn(PresenceInbox inbox, string[] channels) =>
        channels.Sum(channel => inbox.ChangesOf(channel).Count(change => change.Kind == PresenceChangeKind.Left));

    private static async Task<Membership> JoinAsync(MortalNode node, string channel, string user, MembershipRules? rules = null)
    {
        var member = new Membership(channel, Guid.NewGuid(), user, rules ?? Announced);
        await node.Presence.JoinAsync(member);
        return member;
    }

    /// <summary>Soon, and without anybody asking for the channels.</summary>
    private async Task AssertNothingIsLeftAsync(string incarnation, string[] channels)
    {
        await Patience.UntilAsync(async () => await Database.SortedSetRankAsync(_nodes.Key("{cluster}:graves"), incarnation) is null);
        Assert.False(await Database.KeyExistsAsync(_nodes.Key($"{{cluster}}:channels:{incarnation}")));
        foreach (var channel in channels)
            foreach (var member in await Database.SortedSetRangeByRankAsync(_nodes.Key($"p:{{{channel}}}")))
                Assert.False(((byte[])member!).AsSpan().StartsWith(System.Text.Encoding.ASCII.GetBytes(incarnation)));
    }
}

public sealed class RedisNodeDeathTests(RedisServer redis) : NodeDeathSuite
{
    protected override ValueTask<string> ConnectAsync() => new(redis.ConnectionString);
}

[Collection(OnRedisCluster.Name)]
public sealed class ShardedNodeDeathTests(RedisClusterServers redis) : NodeDeathSuite
{
    protected override async ValueTask<string> ConnectAsync()
    {
        await redis.UntilWholeAsync();
        return redis.ConnectionString;
    }
}
