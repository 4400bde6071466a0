using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IPresence"/> promises of announcing who joins and leaves, for every presence to inherit.</summary>
public abstract class PresenceEventsContract : PresenceSuite
{
    [Fact]
    public async Task Every_subscribed_node_is_told_of_each_joining_and_each_leaving_once_and_in_order()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var expected = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            var member = new Membership("news", Guid.NewGuid(), $"user{i}", Announced) { ConnectionInfo = "{}", ChannelInfo = $"{i}" };
            await NodeAt(i).JoinAsync(member);
            await NodeAt(i).LeaveAsync(member);
            expected.AddRange([$"Joined {member.Connection}", $"Left {member.Connection}"]);
            foreach (var node in Nodes)
            {
                await ToldAsync(node, "news", expected.Count);
                Assert.All(node.Inbox.ChangesOf("news")[^2..], change => Assert.Equal(member.ToClientInfo(), change.Client));
            }
        }

        foreach (var node in Nodes)
            Assert.Equal(expected, node.Inbox.TextsOf("news"));
    }

    [Fact]
    public async Task Who_is_not_subscribed_is_not_told()
    {
        await Last.SubscribeAsync("news");
        await First.JoinAsync(NewMember("sports"));
        await First.JoinAsync(NewMember("news"));

        await ToldAsync(Last, "news", 1);
        Assert.Empty(Last.Inbox.TextsOf("sports"));
        Assert.Empty(Nodes.Except([Last]).SelectMany(node => node.Inbox.TextsOf("news")));
    }

    [Fact]
    public async Task Where_it_is_not_announced_nobody_is_told_and_pages_have_no_sequence()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var member = await JoinedAsync(First, NewMember("news", rules: Silent));
        Assert.Equal(0, (await Last.ReadAsync("news")).Sequence);
        await First.LeaveAsync(member);

        await First.PublishAsync("news", "afterwards");

        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.TextsOf("news").Length > 0);
            Assert.Equal(["afterwards"], node.Inbox.TextsOf("news"));
        }
    }

    [Fact]
    public async Task Changes_and_publications_have_one_order()
    {
        const int Turns = 30;
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var expected = new List<string>();
        for (var i = 0; i < Turns; i++)
        {
            var member = await JoinedAsync(NodeAt(i), NewMember("news"));
            await NodeAt(i).PublishAsync("news", $"{i}");
            await NodeAt(i).LeaveAsync(member);
            await NodeAt(i).PublishAsync("news", $"{i} left");
            expected.AddRange([$"Joined {member.Connection}", $"{i}", $"Left {member.Connection}", $"{i} left"]);
        }

        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.TextsOf("news").Length == expected.Count);
            Assert.Equal(expected, node.Inbox.TextsOf("news"));
        }
    }

    [Fact]
    public async Task Each_change_names_the_one_before_and_a_channel_that_was_empty_begins_anew()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        for (var turn = 0; turn < 5; turn++)
        {
            var members = new List<Membership>();
            for (var i = 0; i < 5; i++)
            {
                members.Add(await JoinedAsync(NodeAt(i), NewMember("news")));
                Assert.Equal((await First.ReadAsync("news")).Sequence, (await Last.ReadAsync("news", limit: 0)).Sequence);
            }

            for (var i = 0; i < 5; i++)
                await NodeAt(i).LeaveAsync(members[i]);
            Assert.Equal(0, (await First.ReadAsync("news")).Sequence);
        }

        foreach (var node in Nodes)
        {
            await ToldAsync(node, "news", 50);
            var changes = node.Inbox.ChangesOf("news");
            Assert.Empty(ReplayedMembers.From(changes).Members);
            Assert.Equal(Enumerable.Range(0, 50).Select(i => i % 10 == 0 ? 0 : changes[i - 1].Sequence), changes.Select(change => change.Previous));
        }
    }

    [Fact]
    public async Task A_page_has_the_members_of_its_sequence_while_many_come_and_go()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var stays = await JoinedAsync(First, NewMember("news", "stays"));
        var pages = new List<PresencePage>();
        var churning = Task.WhenAll(Enumerable.Range(0, Nodes.Length * 3).Select(async worker =>
        {
            for (var i = 0; i < 60; i++)
            {
                var member = await JoinedAsync(NodeAt(worker), NewMember("news", $"user{i % 4}"));
                await NodeAt(worker).LeaveAsync(member);
            }
        }));
        while (!churning.IsCompleted)
            pages.Add(await NodeAt(pages.Count).ReadAsync("news"));
        await churning;

        var all = 1 + (Nodes.Length * 3 * 60 * 2);
        foreach (var node in Nodes)
            await ToldAsync(node, "news", all);
        var changes = First.Inbox.ChangesOf("news");
        foreach (var node in Nodes)
            Assert.Equal(changes, node.Inbox.ChangesOf("news"));
        Assert.Equal([stays.ToClientInfo()], ReplayedMembers.From(changes).Members);
        foreach (var page in pages.DistinctBy(page => page.Sequence))
            Assert.Equal(
                ReplayedMembers.From(changes.TakeWhile(change => change.Sequence <= page.Sequence)).Members.OrderBy(member => member.Client),
                page.Members.OrderBy(member => member.Client));
    }

    [Fact]
    public async Task Who_leaves_before_its_joining_is_done_is_told_of_twice_or_not_at_all()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var all = new List<Task>();
        for (var i = 0; i < 100; i++)
        {
            var member = NewMember("news");
            all.Add(NodeAt(i).JoinAsync(member));
            all.Add(NodeAt(i).LeaveAsync(member));
        }

        await Task.WhenAll(all);
        var last = await JoinedAsync(First, NewMember("news"));

        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.TextsOf("news").Contains($"Joined {last.Connection}"));
            Assert.Equal([last.ToClientInfo()], ReplayedMembers.From(node.Inbox.ChangesOf("news")).Members);
        }
    }

    [Fact]
    public async Task Leaving_twice_is_told_once()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var member = await JoinedAsync(First, NewMember("news"));
        await Task.WhenAll(First.LeaveAsync(member), First.LeaveAsync(member, mayReturn: true));
        await First.LeaveAsync(member);
        await First.LeaveAsync(NewMember("news"));
        await First.PublishAsync("news", "afterwards");

        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.TextsOf("news").Contains("afterwards"));
            Assert.Equal([$"Joined {member.Connection}", $"Left {member.Connection}", "afterwards"], node.Inbox.TextsOf("news"));
        }
    }

    [Fact]
    public async Task Of_a_client_that_subscribes_again_with_something_else_to_say_its_leaving_is_told_first()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var client = Guid.NewGuid();
        var before = await JoinedAsync(First, new Membership("news", client, "ann", Announced) { ChannelInfo = "1" });
        var now = await JoinedAsync(First, new Membership("news", client, "ann", Announced) { ChannelInfo = "2" });
        await First.LeaveAsync(before);
        await First.LeaveAsync(now);

        foreach (var node in Nodes)
        {
            await ToldAsync(node, "news", 4);
            Assert.Empty(ReplayedMembers.From(node.Inbox.ChangesOf("news")).Members);
            Assert.Equal(["1", "1", "2", "2"], node.Inbox.ChangesOf("news").Select(change => change.Client.ChannelInfo));
        }
    }

    private static Task ToldAsync(PresenceNode node, string channel, int count) => Patience.UntilAsync(() => node.Inbox.ChangesOf(channel).Length >= count);
}
