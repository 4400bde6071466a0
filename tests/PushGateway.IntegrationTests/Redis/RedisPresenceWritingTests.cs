using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;
using PushGateway.Redis.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>How members are written, and the index by which they are found.</summary>
public sealed class RedisPresenceWritingTests(RedisServer redis) : IAsyncLifetime
{
    private static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);

    private readonly MortalNodes _nodes = new(redis.ConnectionString);
    private RedisServerControl _operator = null!;
    private MortalNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _operator = await RedisServerControl.ConnectAsync(redis);
        _node = await _nodes.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await _operator.DisposeAsync();
    }

    [Fact]
    public async Task A_command_that_comes_behind_its_deadline_does_nothing()
    {
        var entry = MemberEntry.Write((byte)'m', new Membership("room", Guid.NewGuid(), "ann", Announced), 1);
        MemberRange[] ranges = [new([], [], [entry])];
        var writer = _node.Redis.Presence.Ledger.Writer;

        var late = await writer.WriteAsync("room", "incarnat", "", deadline: 1, Announced, isRepeated: false, ranges);
        Assert.True(late.IsTooLate);
        Assert.Equal(0, await _operator.Database.SortedSetLengthAsync(_nodes.Key("p:{room}")));

        var early = await writer.WriteAsync("room", "incarnat", "", late.Time + 60_000, Announced, isRepeated: false, ranges);
        Assert.False(early.IsTooLate);
        Assert.Equal(1, await _operator.Database.SortedSetLengthAsync(_nodes.Key("p:{room}")));
    }

    [Fact]
    public async Task A_channel_is_taken_off_the_index_some_time_after_its_last_member_left()
    {
        _node.Redis.Presence.Ledger.IndexLinger = TimeSpan.FromMilliseconds(400);
        for (var turn = 0; turn < 3; turn++)
        {
            var (first, second, stays) = (NewMember("room"), NewMember("room"), NewMember("other"));
            await _node.Presence.JoinAsync(first);
            await _node.Presence.JoinAsync(second);
            await _node.Presence.JoinAsync(stays);
            Assert.Equal(["other", "room"], await ReadIndexAsync());
            await _node.Presence.LeaveAsync(first);
            await _node.Presence.LeaveAsync(second);

            await Patience.UntilAsync(async () => await ReadIndexAsync() is ["other"]);
            await _node.Presence.LeaveAsync(stays);
        }

        await Patience.UntilAsync(async () => await ReadIndexAsync() is []);
    }

    [Fact]
    public async Task Whoever_comes_while_a_channel_is_taken_off_the_index_is_on_it()
    {
        _node.Redis.Presence.Ledger.IndexLinger = TimeSpan.Zero;
        for (var i = 0; i < 200; i++)
        {
            var member = NewMember($"room:{i % 3}");
            await _node.Presence.JoinAsync(member);
            Assert.Contains(member.Channel, await ReadIndexAsync());
            await _node.Presence.LeaveAsync(member);
            await Task.Delay(Random.Shared.Next(10), TestContext.Current.CancellationToken); // Beats come in between.
        }
    }

    [Fact]
    public async Task Thousands_in_one_channel_are_written_again_and_taken_over_without_being_told()
    {
        const int Count = 3_000;
        var listening = await _nodes.ListenAsync("room");
        var members = Enumerable.Range(0, Count).Select(i => NewMember("room", $"user{i % 700}")).ToArray();
        await Task.WhenAll(members.Select(_node.Presence.JoinAsync));
        await Patience.UntilAsync(() => listening.ChangesOf("room").Length == Count);
        var incarnation = await _node.GetIncarnationAsync();

        // Once as after a disturbance of the connection, once under another incarnation; people come and go meanwhile.
        await _operator.Database.KeyDeleteAsync([_nodes.Key("{cluster}:leases"), _nodes.Key("{cluster}:nodes")]);
        _node.Redis.Presence.Ledger.Disturb();
        for (var i = 0; i < 100; i++)
            await Task.WhenAll(_node.Presence.LeaveAsync(members[i]), _node.Presence.JoinAsync(members[i] = NewMember("room", $"user{i}")));
        await Patience.UntilAsync(async () => await _node.GetIncarnationAsync() != incarnation && !await _operator.Database.KeyExistsAsync(_nodes.Key($"{{cluster}}:channels:{incarnation}")));

        Assert.Equal(
            members.Select(member => member.ToClientInfo()).OrderBy(member => member.Client),
            (await _node.Presence.ReadAllAsync("room", limit: 400)).OrderBy(member => member.Client));
        Assert.Equal(new PresenceStats(Count, 700), await _node.Presence.CountAsync("room"));
        Assert.Equal(Count, await _operator.Database.SortedSetLengthAsync(_nodes.Key("p:{room}")));
        await Patience.UntilAsync(() => listening.ChangesOf("room").Length == Count + 200);
        Assert.Equal(Count, ReplayedMembers.From(listening.ChangesOf("room")).Members.Count);
    }

    [Fact]
    public async Task What_somebody_else_puts_into_the_keys_disturbs_no_answer()
    {
        await _node.Presence.JoinAsync(NewMember("room"));
        foreach (var foreign in (string[])["", "x", "abcdefgh", "ABCDEFGH0123456789abcdefgh", new string('~', 30)])
            await _operator.Database.SortedSetAddAsync(_nodes.Key("p:{room}"), foreign, 0);

        Assert.Single((await _node.Presence.ReadAsync("room")).Members);
        await _node.Presence.JoinAsync(NewMember("room"));
        Assert.Equal(2, (await _node.Presence.ReadAsync("room")).Members.Count);
    }

    private static Membership NewMember(string channel, string user = "ann") => new(channel, Guid.NewGuid(), user, Announced);

    private async Task<string[]> ReadIndexAsync()
    {
        var key = _nodes.Key($"{{cluster}}:channels:{await _node.GetIncarnationAsync()}");
        return Array.ConvertAll(await _operator.Database.SortedSetRangeByRankAsync(key), name => name.ToString());
    }
}
