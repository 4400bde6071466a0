using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>A Redis that is away, that loses what it had, or that refuses. It is a private one.</summary>
public sealed class RedisPresenceLossTests : IAsyncLifetime
{
    private static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);
    private static readonly MembershipRules OfUsers = new(Announces: false, TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(1), Announces: true));

    private RedisServer _redis = null!;
    private RedisServerControl _operator = null!;
    private MortalNodes _nodes = null!;
    private MortalNode _first = null!, _second = null!;
    private Membership[] _members = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Members => _nodes.Key("p:{room}");

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartPrivateAsync(Cancellation, "--enable-debug-command", "yes");
        _operator = await RedisServerControl.ConnectAsync(_redis);
        _nodes = new MortalNodes(_redis.ConnectionString);
        _first = await _nodes.StartAsync();
        _second = await _nodes.StartAsync();
        await _first.Presence.SubscribeAsync("room");
        _members = new Membership[20];
        for (var i = 0; i < _members.Length; i++)
            _members[i] = await JoinAsync(i % 2 == 0 ? _first : _second, "room", $"user{i % 7}");
        await JoinAsync(_second, "#ann", "ann", OfUsers);
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _operator.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Away_for_longer_than_a_lease_it_finds_all_members_where_they_were()
    {
        string[] incarnations = [await _first.GetIncarnationAsync(), await _second.GetIncarnationAsync()];

        await _redis.PauseAsync(Cancellation);
        await Task.Delay(MortalNodes.LeaseDuration + TimeSpan.FromSeconds(1), Cancellation);
        await _redis.ResumeAsync(Cancellation);

        await AssertAllAreThereAsync();
        Assert.Equal(incarnations, (string[])[await _first.GetIncarnationAsync(), await _second.GetIncarnationAsync()]);
        Assert.Equal(_members.Length, _first.Inbox.ChangesOf("room").Length);
    }

    [Fact]
    public async Task A_node_that_died_while_it_was_away_is_found_out_a_lease_later()
    {
        await _redis.PauseAsync(Cancellation);
        await _second.DieAsync();
        await Task.Delay(MortalNodes.LeaseDuration + TimeSpan.FromSeconds(1), Cancellation);
        await _redis.ResumeAsync(Cancellation);

        await Patience.UntilAsync(() => IsCountAsync(_first, _members.Length / 2));
        await AssertToldAsync();
    }

    [Fact]
    public async Task Restarted_with_its_data_it_finds_all_members_where_they_were()
    {
        await _redis.StopAsync(Cancellation);
        await _redis.StartAsync(Cancellation);

        await AssertAllAreThereAsync();
        await AssertNobodyIsDoubledAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Emptied_it_is_given_all_members_again(bool disconnected)
    {
        await _operator.Database.ExecuteAsync("FLUSHALL");
        if (disconnected)
            await _operator.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

        await AssertAllAreThereAsync();
        await AssertNobodyIsDoubledAsync();
        await Patience.UntilAsync(async () => (await _first.Presence.ReadUserAsync("ann")).IsOnline);

        // And they can still leave.
        await _first.Presence.LeaveAsync(_members[0]);
        await _second.Presence.LeaveAsync(_members[1]);
        Assert.Equal(_members.Length - 2, (await _first.Presence.CountAsync("room")).Clients);
    }

    [Fact]
    public async Task What_a_successor_lacks_is_written_again_and_what_it_should_not_have_is_taken_out()
    {
        // As it is when the last writes were not copied: members are missing, one that has left is there, in a channel of others and in one that is nobody's any more.
        var left = await JoinAsync(_second, "left", "bob");
        var ghost = await JoinAsync(_second, "room", "ghost");
        var before = await _operator.Database.KeyDumpAsync(Members);
        var leftBefore = await _operator.Database.KeyDumpAsync(_nodes.Key("p:{left}"));
        await _second.Presence.LeaveAsync(ghost);
        await _second.Presence.LeaveAsync(left);
        Membership[] late = [await JoinAsync(_first, "room", "late"), await JoinAsync(_second, "room", "late"), await JoinAsync(_second, "new", "late")];
        await _operator.Database.KeyDeleteAsync([Members, _nodes.Key("p:{new}")]);
        await _operator.Database.KeyRestoreAsync(Members, before!);
        await _operator.Database.KeyRestoreAsync(_nodes.Key("p:{left}"), leftBefore!);

        await _operator.Database.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

        var expected = _members.Concat(late[..2]).Select(member => member.ToClientInfo()).ToHashSet();
        await Patience.UntilAsync(() => IsAsync(async () => expected.SetEquals(await _first.Presence.ReadAllAsync("room"))));
        await Patience.UntilAsync(() => IsAsync(async () => await _first.Presence.CountAsync("left") == default));
        await Patience.UntilAsync(() => IsAsync(async () => (await _first.Presence.CountAsync("new")).Clients == 1));
    }

    [Fact]
    public async Task When_it_loses_the_leases_alone_nobody_is_told_of_anything()
    {
        string[] incarnations = [await _first.GetIncarnationAsync(), await _second.GetIncarnationAsync()];

        await _operator.Database.KeyDeleteAsync([_nodes.Key("{cluster}:leases"), _nodes.Key("{cluster}:nodes")]);
        await Patience.UntilAsync(async () =>
        {
            Assert.True(await IsCountAsync(_first, _members.Length));
            string[] now = [await _first.GetIncarnationAsync(), await _second.GetIncarnationAsync()];
            return !now.Intersect(incarnations).Any();
        });

        await AssertNobodyIsDoubledAsync();
        Assert.Equal(_members.Length, _first.Inbox.ChangesOf("room").Length);

        // The index is theirs again, so that they are found when they die, and that of before is cleared away.
        foreach (var incarnation in incarnations)
            await Patience.UntilAsync(async () => !await _operator.Database.KeyExistsAsync(_nodes.Key($"{{cluster}}:channels:{incarnation}")));
        await _second.DieAsync();
        await Patience.UntilAsync(() => _first.Inbox.ChangesOf("room").Length == _members.Length * 3 / 2);
        await AssertToldAsync();
    }

    [Fact]
    public async Task Full_it_takes_no_member_but_those_who_leave_leave_and_nodes_stay_alive()
    {
        await _operator.Database.ExecuteAsync("CONFIG", "SET", "maxmemory", "1");
        var refused = new Membership("room", Guid.NewGuid(), "late", Announced);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _first.Presence.JoinAsync(refused));
        await Task.WhenAll(_first.Presence.LeaveAsync(refused), _first.Presence.LeaveAsync(_members[0]), _second.Presence.LeaveAsync(_members[1]));

        Assert.Equal(_members.Length - 2, (await _first.Presence.CountAsync("room")).Clients);
        await _second.DieAsync();
        await Patience.UntilAsync(() => IsCountAsync(_first, (_members.Length / 2) - 1));
        await AssertToldAsync();

        await _operator.Database.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        await _first.Presence.JoinAsync(new Membership("room", Guid.NewGuid(), "late", Announced));
        await AssertToldAsync();
    }

    [Fact]
    public async Task Refusing_the_topic_it_takes_nothing_by_halves()
    {
        // A node that may write all of its keys, and publish nothing.
        await _operator.Database.ExecuteAsync("ACL", "SETUSER", "gateway", "on", ">secret", $"~{_nodes.Prefix}:*", "+@all", "resetchannels", $"&{_nodes.Prefix}:{{cluster}}:*");
        var refused = await _nodes.StartAsync($"{_redis.ConnectionString},user=gateway,password=secret");
        var before = await _operator.Database.KeyDumpAsync(Members);
        var member = new Membership("room", Guid.NewGuid(), "late", Announced);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => refused.Presence.JoinAsync(member));

        Assert.Equal(before, await _operator.Database.KeyDumpAsync(Members));
        await _operator.Database.ExecuteAsync("ACL", "SETUSER", "gateway", "allchannels");
        await Patience.UntilAsync(() => IsCountAsync(_first, _members.Length + 1));
        await AssertToldAsync();
    }

    private static async Task<Membership> JoinAsync(MortalNode node, string channel, string user, MembershipRules? rules = null)
    {
        var member = new Membership(channel, Guid.NewGuid(), user, rules ?? Announced);
        await node.Presence.JoinAsync(member);
        return member;
    }

    private static Task<bool> IsCountAsync(MortalNode node, int count) => IsAsync(async () => (await node.Presence.CountAsync("room")).Clients == count);

    // A node that was cut off a moment ago is no answer yet.
    private static async Task<bool> IsAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    }

    private async Task AssertAllAreThereAsync()
    {
        foreach (var node in (MortalNode[])[_first, _second])
        {
            await Patience.UntilAsync(() => IsCountAsync(node, _members.Length));
            Assert.Equal(
                _members.Select(member => member.ToClientInfo()).OrderBy(member => member.Client),
                (await node.Presence.ReadAllAsync("room")).OrderBy(member => member.Client));
            Assert.Equal(new PresenceStats(_members.Length, 7), await node.Presence.CountAsync("room"));
        }
    }

    private async Task AssertNobodyIsDoubledAsync()
    {
        await Patience.UntilAsync(() => IsAsync(async () =>
        {
            string[] alive = [await _first.GetIncarnationAsync(), await _second.GetIncarnationAsync()];
            var members = await _operator.Database.SortedSetRangeByRankAsync(Members);
            return members.Length == _members.Length
                && members.All(member => alive.Contains(System.Text.Encoding.ASCII.GetString(((byte[])member!)[..8])));
        }));
    }

    /// <summary>What was told leads to what is there, and nothing was told twice.</summary>
    private async Task AssertToldAsync()
    {
        var page = await _first.Presence.ReadAsync("room");
        await Patience.UntilAsync(() => _first.Inbox.ChangesOf("room").LastOrDefault()?.Sequence >= page.Sequence);
        Assert.Equal(
            page.Members.OrderBy(member => member.Client),
            ReplayedMembers.From(_first.Inbox.ChangesOf("room")).Members.OrderBy(member => member.Client));
    }
}
