using System.Collections.Concurrent;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IPresence"/> promises of users, for every presence to inherit.</summary>
public abstract class UserPresenceContract : PresenceSuite
{
    private static readonly MembershipRules Watched = new(Announces: false, TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(30), Announces: true));
    private static readonly MembershipRules Unwatched = Watched with { User = new UserPresenceRules(TimeSpan.FromDays(30), Announces: false) };

    // Back ends keep times to the millisecond, and the clock of another machine, or of a container, is not this one's.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_user_is_online_from_its_first_connection_to_its_last_on_whichever_nodes()
    {
        var start = DateTimeOffset.UtcNow;
        var connections = new List<Membership> { await ConnectedAsync(First, "ann") };
        var since = (await First.ReadUserAsync("ann")).Since!.Value;
        Assert.InRange(since, start - ClockTolerance, start + ClockTolerance);
        for (var i = 1; i < 6; i++)
        {
            connections.Add(await ConnectedAsync(NodeAt(i), "ann"));
            await AssertPresenceAsync(new UserPresence("ann", i + 1, since, null));
        }

        for (var i = 0; i < 5; i++)
        {
            await NodeAt(i).LeaveAsync(connections[i]);
            await AssertPresenceAsync(new UserPresence("ann", 5 - i, since, null));
        }

        await NodeAt(5).LeaveAsync(connections[5]);
        var lastSeen = (await First.ReadUserAsync("ann")).LastSeen!.Value;
        Assert.InRange(lastSeen, since, since + TimeSpan.FromMinutes(1));
        await AssertPresenceAsync(new UserPresence("ann", 0, null, lastSeen));
    }

    [Fact]
    public async Task Who_comes_online_again_is_online_since_then()
    {
        var before = await ConnectedAsync(First, "ann");
        var since = (await First.ReadUserAsync("ann")).Since;
        await First.LeaveAsync(before);
        await Task.Delay(20, Cancellation); // So that times differ.
        await ConnectedAsync(Last, "ann");

        var now = await First.ReadUserAsync("ann");

        Assert.True(now.Since > since);
        await AssertPresenceAsync(new UserPresence("ann", 1, now.Since, null));
    }

    [Fact]
    public async Task It_is_forgotten_after_a_time_when_a_user_was_last_seen()
    {
        var rules = Watched with { User = new UserPresenceRules(TimeSpan.FromSeconds(1), Announces: true) };
        await First.LeaveAsync(await ConnectedAsync(First, "ann", rules));
        Assert.NotNull((await Last.ReadUserAsync("ann")).LastSeen);

        await Patience.UntilAsync(async () => (await Last.ReadUserAsync("ann")).LastSeen is null);

        await AssertPresenceAsync(new UserPresence("ann", 0, null, null));
        await ConnectedAsync(First, "ann", rules);
        await Task.Delay(1_500, Cancellation); // Who is online is not forgotten.
        Assert.True((await Last.ReadUserAsync("ann")) is { Connections: 1, Since: not null });
    }

    [Fact]
    public async Task Many_users_are_answered_in_one_call_in_their_order()
    {
        var users = Enumerable.Range(0, IPresence.MaxUsers).Select(i => i % 10 == 9 ? "user0" : $"user{i}").ToArray();
        await Task.WhenAll(Enumerable.Range(0, IPresence.MaxUsers).Where(i => i % 3 == 0).Select(i => ConnectedAsync(NodeAt(i), $"user{i}")));

        foreach (var node in Nodes)
        {
            var answers = await node.Presence.ReadUsersAsync(users, Cancellation);
            Assert.Equal(users, answers.Select(answer => answer.User));
            Assert.All(answers, answer =>
            {
                var isOnline = int.Parse(answer.User["user".Length..], System.Globalization.CultureInfo.InvariantCulture) % 3 == 0;
                Assert.Equal((isOnline, isOnline ? 1 : 0, isOnline, null), (answer.IsOnline, answer.Connections, answer.Since is not null, answer.LastSeen));
            });
            Assert.Empty(await node.Presence.ReadUsersAsync([], Cancellation));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => First.Presence.ReadUsersAsync([.. users, "one more"], Cancellation).AsTask());
    }

    [Fact]
    public async Task Users_with_odd_names_are_users_like_others()
    {
        var users = (string[])[new string('#', ChannelName.MaxBytes - 1), "!#$%&'()+-./:;=@^_|~", "0", "-", "__proto__", "Ann", "ann"];
        var connections = new List<Membership>();
        foreach (var user in users)
        {
            connections.Add(await ConnectedAsync(NodeAt(connections.Count), user));
            await AnnouncedAsync(user, 1);
        }

        Assert.All(await Last.Presence.ReadUsersAsync(users, Cancellation), user => Assert.True(user.IsOnline));
        for (var i = 0; i < users.Length; i++)
        {
            await NodeAt(i).LeaveAsync(connections[i]);
            await AnnouncedAsync(users[i], 2);
        }

        Assert.All(await Last.Presence.ReadUsersAsync(users, Cancellation), user => Assert.True(user is { IsOnline: false, LastSeen: not null }));
        Assert.All(await Last.Presence.ReadUsersAsync(["", "nobody"], Cancellation), user => Assert.Equal((0, null, null), (user.Connections, user.Since, user.LastSeen)));
    }

    [Fact]
    public async Task Each_coming_and_each_going_is_announced_once_by_one_node()
    {
        for (var turn = 1; turn <= 4; turn++)
        {
            var connections = new List<Membership>();
            for (var i = 0; i < 4; i++)
                connections.Add(await ConnectedAsync(NodeAt(i), "ann"));
            await AnnouncedAsync("ann", (2 * turn) - 1);
            for (var i = 0; i < 4; i++)
                await NodeAt(i).LeaveAsync(connections[i]);
            await AnnouncedAsync("ann", 2 * turn);
        }

        await NothingMoreIsAnnouncedAsync();
        var announced = AnnouncementsOf("ann");
        Assert.Equal([true, false, true, false, true, false, true, false], announced.Select(announcement => announcement.User.IsOnline));
        Assert.Equal(8, announced.Select(announcement => announcement.Version).Distinct().Count());
        Assert.All(announced, announcement => Assert.Equal(announcement.User.IsOnline, announcement.User.Since is not null));
        Assert.All(announced, announcement => Assert.Equal(announcement.User.IsOnline, announcement.User.LastSeen is null));
    }

    [Fact]
    public async Task Where_nobody_watches_nothing_is_announced()
    {
        for (var i = 0; i < 4; i++)
            await NodeAt(i).LeaveAsync(await ConnectedAsync(NodeAt(i), "ann", Unwatched));

        await NothingMoreIsAnnouncedAsync();
        Assert.Empty(AnnouncementsOf("ann"));
        Assert.NotNull((await Last.ReadUserAsync("ann")).LastSeen);
    }

    [Fact]
    public async Task What_could_not_be_announced_is_tried_again_until_it_is()
    {
        var attempts = new ConcurrentQueue<UserPresence>();
        foreach (var node in Nodes)
            node.Inbox.OnAnnouncement = user =>
            {
                attempts.Enqueue(user);
                if (attempts.Count(attempt => attempt.User == user.User) < 3)
                    throw new BrokerUnavailableException();
            };
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ConnectedAsync(NodeAt(i), $"user{i}")));

        for (var i = 0; i < 20; i++)
        {
            await AnnouncedAsync($"user{i}", 1);
            Assert.True(AnnouncementsOf($"user{i}")[0].User is { IsOnline: true, Since: not null });
            Assert.Equal(3, attempts.Count(attempt => attempt.User == $"user{i}"));
        }
    }

    [Fact]
    public async Task A_listener_that_fails_altogether_keeps_no_other_user_from_being_announced()
    {
        foreach (var node in Nodes)
            node.Inbox.OnAnnouncement = static user =>
            {
                if (user.User == "mallory")
                    throw new InvalidOperationException();
            };

        await ConnectedAsync(First, "mallory");
        await ConnectedAsync(First, "ann");

        await AnnouncedAsync("ann", 1);
    }

    [Fact]
    public async Task A_reload_within_the_delay_is_neither_a_going_nor_a_coming()
    {
        var rules = Watched with { LeaveDelay = TimeSpan.FromMinutes(10) };
        var before = await ConnectedAsync(First, "ann", rules);
        var since = (await First.ReadUserAsync("ann")).Since;
        await First.LeaveAsync(before, mayReturn: true);
        await AssertPresenceAsync(new UserPresence("ann", 1, since, null));

        var now = await ConnectedAsync(Last, "ann", rules);
        await AssertPresenceAsync(new UserPresence("ann", 1, since, null));
        await NothingMoreIsAnnouncedAsync();
        Assert.Single(AnnouncementsOf("ann"));

        await Last.LeaveAsync(now);
        await AnnouncedAsync("ann", 2);
    }

    [Fact]
    public async Task However_many_connect_and_go_at_once_what_was_announced_last_is_true()
    {
        await Task.WhenAll(Enumerable.Range(0, Nodes.Length * 3).Select(async worker =>
        {
            for (var i = 0; i < 60; i++)
            {
                var connection = await ConnectedAsync(NodeAt(worker), $"user{i % 5}");
                await NodeAt(worker).LeaveAsync(connection);
            }
        }));
        await ConnectedAsync(First, "user0");

        for (var i = 0; i < 5; i++)
        {
            var user = $"user{i}";
            await Patience.UntilAsync(async () => await First.ReadUserAsync(user) == AnnouncementsOf(user).LastOrDefault()?.User);
            Assert.Equal(user == "user0", AnnouncementsOf(user)[^1].User.IsOnline);
        }
    }

    private static Task<Membership> ConnectedAsync(PresenceNode node, string user, MembershipRules? rules = null) =>
        JoinedAsync(node, NewMember(ChannelName.Personal(user), user, rules ?? Watched));

    private UserAnnouncement[] AnnouncementsOf(string user) => [.. Nodes.SelectMany(node => node.Inbox.AnnouncementsOf(user)).OrderBy(announcement => announcement.Version)];

    private Task AnnouncedAsync(string user, int count) => Patience.UntilAsync(() => AnnouncementsOf(user).Length == count);

    /// <summary>Announcements of each node follow one another: when a later one is there, those before it are.</summary>
    private async Task NothingMoreIsAnnouncedAsync()
    {
        for (var i = 0; i < Nodes.Length; i++)
        {
            await ConnectedAsync(Nodes[i], $"later{i}");
            await AnnouncedAsync($"later{i}", 1);
        }
    }

    private async Task AssertPresenceAsync(UserPresence expected)
    {
        foreach (var node in Nodes)
            Assert.Equal(expected, await node.ReadUserAsync(expected.User));
    }
}
