using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>A node whose way to Redis fails while Redis and the other nodes are well.</summary>
public sealed class RedisPresenceCutTests(RedisServer redis) : IAsyncLifetime
{
    private static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);

    private readonly MortalNodes _nodes = new(redis.ConnectionString);
    private TcpProxy _network = null!;
    private RedisServerControl _operator = null!;
    private MortalNode _watching = null!, _cut = null!;

    public async ValueTask InitializeAsync()
    {
        _network = new TcpProxy(redis.ConnectionString);
        _operator = await RedisServerControl.ConnectAsync(redis);
        _watching = await _nodes.StartAsync();
        _cut = await _nodes.StartAsync(_network.Address);
        await _watching.Presence.SubscribeAsync("room");
    }

    public async ValueTask DisposeAsync()
    {
        _network.Thaw();
        await _nodes.DisposeAsync();
        await _operator.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Cut_off_for_longer_than_its_lease_it_disappears_and_comes_back_under_another_incarnation()
    {
        var stays = await JoinAsync(_watching, "ann");
        var members = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => JoinAsync(_cut, $"user{i}")));
        await _cut.Presence.JoinAsync(new Membership("elsewhere", Guid.NewGuid(), "ann", Announced));
        var before = await _cut.GetIncarnationAsync();

        _network.Freeze();
        await Patience.UntilAsync(async () => await _watching.Presence.CountAsync("room") == new PresenceStats(1, 1));
        Assert.Equal([stays.ToClientInfo()], await _watching.Presence.ReadAllAsync("room"));
        await Patience.UntilAsync(() => _watching.Inbox.ChangesOf("room").Length == 61);

        // It does not know who is there, and does not say that it does.
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _cut.Presence.CountAsync("room"));
        var leaving = _cut.Presence.LeaveAsync(members[0]);
        var late = new Membership("room", Guid.NewGuid(), "late", Announced);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _cut.Presence.JoinAsync(late));
        var lateLeaving = _cut.Presence.LeaveAsync(late);

        _network.Thaw();
        await Task.WhenAll(leaving, lateLeaving);
        await AssertMembersAsync([stays, .. members[1..]]);
        Assert.NotEqual(before, await _cut.GetIncarnationAsync());
        await Patience.UntilAsync(async () => (await _watching.Presence.CountAsync("elsewhere")).Clients == 1);
        await AssertToldAsync();
        await AssertAllAreAliveAsync("room");
    }

    [Fact]
    public async Task Cut_off_before_it_has_renewed_its_lease_for_the_first_time_it_comes_back_too()
    {
        var young = await _nodes.StartAsync(_network.Address);
        var member = await JoinAsync(young, "ann");

        _network.Freeze();
        await Patience.UntilAsync(async () => await IsCountAsync(_watching, 0));
        _network.Thaw();

        await AssertMembersAsync([member]);
        await AssertToldAsync();
    }

    [Fact]
    public async Task Cut_off_for_less_nobody_is_told_of_anything()
    {
        var members = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => JoinAsync(_cut, $"user{i}")));
        var before = await _cut.GetIncarnationAsync();

        _network.Freeze();
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _cut.Presence.JoinAsync(new Membership("other", Guid.NewGuid(), "ann", Announced)));
        _network.Thaw();
        await Patience.UntilAsync(() => _cut.Redis.Connection.WhyNotReady is null);
        await Patience.UntilAsync(async () => await IsCountAsync(_cut, 10));

        await AssertMembersAsync(members);
        Assert.Equal(before, await _cut.GetIncarnationAsync());
        Assert.Equal(members.Length, _watching.Inbox.ChangesOf("room").Length);
    }

    [Fact]
    public async Task Whose_answers_are_lost_finds_out_what_was_written_and_leaves_no_ghost()
    {
        var stays = await JoinAsync(_cut, "ann");
        for (var i = 0; i < 3; i++)
        {
            var member = new Membership("room", Guid.NewGuid(), "bob", Announced);
            _network.Answers = () => AnswerFate.Cut;
            var joining = _cut.Presence.JoinAsync(member);
            await Assert.ThrowsAsync<BrokerUnavailableException>(() => joining);
            var leaving = _cut.Presence.LeaveAsync(member);
            _network.Answers = () => AnswerFate.Passed;
            await leaving;

            await AssertMembersAsync([stays]);
        }

        await AssertToldAsync();
        await AssertAllAreAliveAsync("room");
    }

    [Fact]
    public async Task What_its_old_connection_still_says_when_it_has_another_does_not_count()
    {
        var stays = await JoinAsync(_cut, "ann");
        for (var i = 0; i < 3; i++)
        {
            // Held back on a connection that the node gives up meanwhile; when all flows again, it arrives beside what the new one says.
            _network.Freeze();
            var member = new Membership("room", Guid.NewGuid(), "bob", Announced);
            var joining = _cut.Presence.JoinAsync(member);
            await Assert.ThrowsAsync<BrokerUnavailableException>(() => joining);
            var leaving = _cut.Presence.LeaveAsync(member);
            _network.Thaw();
            await leaving;

            await AssertMembersAsync([stays]);
        }

        await AssertToldAsync();
        await AssertAllAreAliveAsync("room");
    }

    [Fact]
    public async Task A_connection_that_is_reset_loses_and_doubles_nothing()
    {
        var members = new List<Membership>();
        for (var i = 0; i < 20; i++)
        {
            var member = new Membership("room", Guid.NewGuid(), $"user{i % 3}", Announced);
            var joining = _cut.Presence.JoinAsync(member);
            if (i % 4 == 3)
                _network.Cut();
            try
            {
                await joining;
                members.Add(member);
            }
            catch (BrokerUnavailableException)
            {
                await _cut.Presence.LeaveAsync(member);
            }

            if (members.Count > 8)
            {
                await _cut.Presence.LeaveAsync(members[0]);
                members.RemoveAt(0);
            }
        }

        await Patience.UntilAsync(async () => await IsCountAsync(_cut, members.Count));
        await AssertMembersAsync(members);
        await AssertToldAsync();
        await AssertAllAreAliveAsync("room");
    }

    private static async Task<Membership> JoinAsync(MortalNode node, string user)
    {
        var member = new Membership("room", Guid.NewGuid(), user, Announced);
        await node.Presence.JoinAsync(member);
        return member;
    }

    private static async Task<bool> IsCountAsync(MortalNode node, int count)
    {
        try
        {
            return (await node.Presence.CountAsync("room")).Clients == count;
        }
        catch (BrokerUnavailableException)
        {
            return false;
        }
    }

    private async Task AssertMembersAsync(IReadOnlyCollection<Membership> expected)
    {
        await Patience.UntilAsync(async () => await IsCountAsync(_watching, expected.Count));
        Assert.Equal(
            expected.Select(member => member.ToClientInfo()).OrderBy(member => member.Client),
            (await _watching.Presence.ReadAllAsync("room")).OrderBy(member => member.Client));
    }

    /// <summary>What was told leads to what is there, and nothing was told twice.</summary>
    private async Task AssertToldAsync()
    {
        var page = await _watching.Presence.ReadAsync("room");
        await Patience.UntilAsync(() => _watching.Inbox.ChangesOf("room").LastOrDefault()?.Sequence >= page.Sequence);
        Assert.Equal(
            page.Members.OrderBy(member => member.Client),
            ReplayedMembers.From(_watching.Inbox.ChangesOf("room")).Members.OrderBy(member => member.Client));
    }

    /// <summary>Nothing stands in Redis that no answer shows.</summary>
    private async Task AssertAllAreAliveAsync(string channel)
    {
        string[] alive = [await _watching.GetIncarnationAsync(), await _cut.GetIncarnationAsync()];
        foreach (var member in await _operator.Database.SortedSetRangeByRankAsync(_nodes.Key($"p:{{{channel}}}")))
            Assert.Contains(System.Text.Encoding.ASCII.GetString(((byte[])member!)[..8]), alive);
    }
}
