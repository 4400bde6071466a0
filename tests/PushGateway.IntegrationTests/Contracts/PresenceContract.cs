using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IPresence"/> promises of its answers, for every presence to inherit.</summary>
public abstract class PresenceContract : PresenceSuite
{
    // All that is allowed in the name of a channel, but what has a meaning there.
    private const string Odd = "!$%&'()+-./;=@^_|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly string Long = string.Concat(Enumerable.Repeat(Odd, 4));

    [Fact]
    public async Task Who_has_joined_is_in_every_answer_of_every_node_with_all_that_was_said_of_it()
    {
        var members = new List<Membership>();
        for (var i = 0; i < 6; i++)
        {
            members.Add(new Membership("news", Guid.NewGuid(), $"user{i / 2}", Announced)
            {
                ConnectionInfo = i % 2 == 0 ? null : $$"""{"name":"Åsa \u0000 \"{{i}}\"","emoji":"🦉"}""",
                ChannelInfo = i % 3 == 0 ? null : "[]",
            });
            await NodeAt(i).JoinAsync(members[^1]);

            await AssertMembersAsync("news", members);
        }
    }

    [Fact]
    public async Task Who_has_left_is_in_no_answer()
    {
        var members = new List<Membership>();
        for (var i = 0; i < 9; i++)
            members.Add(await JoinedAsync(NodeAt(i), NewMember("news", $"user{i / 3}")));

        for (var i = 8; i >= 0; i--)
        {
            await NodeAt(i).LeaveAsync(members[i], mayReturn: i % 2 == 0);
            members.RemoveAt(i);

            await AssertMembersAsync("news", members);
        }
    }

    [Fact]
    public async Task Anonymous_clients_count_as_one_user()
    {
        var members = new List<Membership>();
        foreach (var user in (string[])["", "ann", "", "Ann", "", "0", "bob", "bob"])
            members.Add(await JoinedAsync(NodeAt(members.Count), NewMember("news", user)));

        await AssertMembersAsync("news", members);
        Assert.Equal(new PresenceStats(8, 5), await First.CountAsync("news"));
        foreach (var index in (int[])[0, 2])
            await NodeAt(index).LeaveAsync(members[index]);
        Assert.Equal(new PresenceStats(6, 5), await Last.CountAsync("news"));
        await NodeAt(4).LeaveAsync(members[4]);
        Assert.Equal(new PresenceStats(5, 4), await First.CountAsync("news"));
    }

    [Fact]
    public async Task Where_nobody_is_nobody_is_answered()
    {
        foreach (var node in Nodes)
        {
            var page = await node.ReadAsync("news");
            Assert.Equal((0, null, default, 0), (page.Members.Count, page.Next, page.Stats, page.Sequence));
            Assert.Equal(default, await node.CountAsync("news"));
        }
    }

    [Fact]
    public async Task Channels_have_nothing_to_do_with_each_other()
    {
        var connection = Guid.NewGuid();
        var members = new List<Membership>();
        foreach (var channel in (string[])["news", "News", "news:1", "news:2", "#ann", "news#ann"])
            members.Add(await JoinedAsync(First, new Membership(channel, connection, "ann", Announced)));
        await First.LeaveAsync(members[0]);

        await AssertMembersAsync("news");
        foreach (var member in members.Skip(1))
            await AssertMembersAsync(member.Channel, member);
    }

    [Fact]
    public async Task Names_may_be_odd_and_long()
    {
        var users = (string[])["", Long[..(ChannelName.MaxBytes - 1)], new string('#', ChannelName.MaxBytes - 1), Odd + ":#", "0", "-", "__proto__"];
        foreach (var channel in (string[])[Long[..ChannelName.MaxBytes], ChannelName.Personal(users[1]), "a:" + Odd, Odd + "#b,c", "pg:p:x", "%2F..", "~", "-1", "0"])
        {
            Assert.True(ChannelName.TryParse(channel, out _, out var why), why);
            var members = new List<Membership>();
            foreach (var user in users)
                members.Add(await JoinedAsync(NodeAt(members.Count), NewMember(channel, user)));
            await AssertMembersAsync(channel, members);
            for (var i = 1; i < members.Count; i++)
                await NodeAt(i).LeaveAsync(members[i]);
            await AssertMembersAsync(channel, members[0]);
        }
    }

    [Fact]
    public async Task What_is_said_of_members_may_be_large()
    {
        var members = new List<Membership>();
        foreach (var length in (int[])[0, 100, 127, 128, 129, 16_383, 16_384, 65_533])
        {
            members.Add(new Membership("news", Guid.NewGuid(), $"user{length}", Announced)
            {
                ConnectionInfo = $"\"{new string('x', length)}\"",
                ChannelInfo = $"\"{new string('é', length / 2)}\"",
            });
            await NodeAt(members.Count).JoinAsync(members[^1]);
        }

        await AssertMembersAsync("news", members);
        for (var i = 0; i < members.Count; i++)
            await NodeAt(i + 1).LeaveAsync(members[i]);
        await AssertMembersAsync("news");
    }

    [Fact]
    public async Task Who_leaves_before_its_joining_is_done_is_not_there_afterwards()
    {
        var all = new List<Task>();
        for (var i = 0; i < 300; i++)
        {
            var member = NewMember($"news:{i % 10}", $"user{i % 7}");
            all.Add(NodeAt(i).JoinAsync(member));
            all.Add(NodeAt(i).LeaveAsync(member, mayReturn: i % 2 == 0));
        }

        await Task.WhenAll(all);

        for (var i = 0; i < 10; i++)
            await AssertMembersAsync($"news:{i}");
    }

    [Fact]
    public async Task Who_gives_up_joining_and_leaves_is_not_there_afterwards()
    {
        var stays = await JoinedAsync(First, NewMember("news"));
        for (var i = 0; i < 50; i++)
        {
            using var givesUp = new CancellationTokenSource();
            var member = NewMember("news");
            var joining = First.Presence.JoinAsync(member, givesUp.Token).AsTask();
            await givesUp.CancelAsync();
            var leaving = First.LeaveAsync(member);
            await joining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await leaving;
        }

        await AssertMembersAsync("news", stays);
    }

    [Fact]
    public async Task Leaving_twice_or_without_having_joined_changes_nothing()
    {
        var member = await JoinedAsync(First, NewMember("news"));
        var other = await JoinedAsync(Last, NewMember("news"));
        await First.LeaveAsync(NewMember("news"));
        await First.LeaveAsync(NewMember("sports"));

        await Task.WhenAll(First.LeaveAsync(member), First.LeaveAsync(member, mayReturn: true));
        await First.LeaveAsync(member);

        await AssertMembersAsync("news", other);
        await AssertMembersAsync("sports");
    }

    [Fact]
    public async Task A_client_that_subscribes_again_is_there_whatever_became_of_its_leaving()
    {
        var client = Guid.NewGuid();
        var before = new Membership("news", client, "ann", Announced) { ChannelInfo = "1" };
        await First.JoinAsync(before);
        for (var i = 2; i < 50; i++)
        {
            var now = new Membership("news", client, "ann", Announced) { ChannelInfo = $"{i / 2}" }; // Every other time nothing tells it from the one before.
            var leaving = i % 3 == 0 ? Task.CompletedTask : First.LeaveAsync(before);
            await First.JoinAsync(now);
            await leaving;
            await First.LeaveAsync(before);

            await AssertMembersAsync("news", now);
            before = now;
        }
    }

    [Fact]
    public async Task However_many_join_and_leave_at_once_answers_are_exact()
    {
        const int Each = 200;
        const int Staying = 10;
        var staying = await Task.WhenAll(Enumerable.Range(0, Nodes.Length * 4).Select(async worker =>
        {
            var node = NodeAt(worker);
            var here = new Queue<Membership>();
            for (var i = 0; i < Each; i++)
            {
                here.Enqueue(await JoinedAsync(node, NewMember($"news:{i % 3}", $"user{i % 10}")));
                if (here.Count > Staying)
                    await node.LeaveAsync(here.Dequeue());
            }

            return here;
        }));

        for (var i = 0; i < 3; i++)
            await AssertMembersAsync($"news:{i}", staying.SelectMany(members => members).Where(member => member.Channel == $"news:{i}"));
    }
}
