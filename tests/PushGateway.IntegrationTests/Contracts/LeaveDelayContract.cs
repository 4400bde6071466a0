using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IPresence"/> promises of clients that are gone and may come back, for every presence to inherit.</summary>
public abstract class LeaveDelayContract : PresenceSuite
{
    // Over long before a test ends that waits for it, and never before one that must not see it ends.
    private static readonly MembershipRules Briefly = new(Announces: true, TimeSpan.FromMilliseconds(300));
    private static readonly MembershipRules Long = new(Announces: true, TimeSpan.FromMinutes(10));

    [Fact]
    public async Task A_client_that_is_gone_stays_for_the_delay_and_leaves_then_once()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var members = new List<Membership>();
        foreach (var user in (string[])["ann", "bob", "", ""])
            members.Add(await JoinedAsync(NodeAt(members.Count), NewMember("news", user, Briefly)));
        for (var i = 0; i < members.Count; i++)
            await NodeAt(i).LeaveAsync(members[i], mayReturn: true);

        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.ChangesOf("news").Length == 8);
            Assert.Empty(ReplayedMembers.From(node.Inbox.ChangesOf("news")).Members);
        }

        await AssertMembersAsync("news");
    }

    [Fact]
    public async Task Until_then_it_is_in_every_answer_and_letting_it_go_again_changes_nothing()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var members = new List<Membership>();
        foreach (var user in (string[])["ann", ""])
            members.Add(await JoinedAsync(NodeAt(members.Count), NewMember("news", user, Long)));
        for (var i = 0; i < members.Count; i++)
        {
            await NodeAt(i).LeaveAsync(members[i], mayReturn: true);
            await NodeAt(i).LeaveAsync(members[i], mayReturn: true);
        }

        await AssertMembersAsync("news", members);
        await AssertToldAsync(members.Select(member => $"Joined {member.Connection}"));
    }

    [Fact]
    public async Task A_user_that_comes_back_to_whichever_node_takes_its_place_and_no_joining_or_leaving_is_told()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var before = await JoinedAsync(First, NewMember("news", "ann", Long));
        var expected = new List<string> { $"Joined {before.Connection}" };
        for (var i = 1; i < 10; i++)
        {
            await NodeAt(i - 1).LeaveAsync(before, mayReturn: true);
            var now = new Membership("news", Guid.NewGuid(), "ann", Long) { ConnectionInfo = $"{i}" };
            await NodeAt(i).JoinAsync(now);
            expected.Add($"Returned {now.Connection} for {before.Connection}");

            await AssertMembersAsync("news", now);
            before = now;
        }

        await AssertToldAsync(expected);
        Assert.Equal([before.ToClientInfo()], ReplayedMembers.From(Last.Inbox.ChangesOf("news")).Members);
    }

    [Fact]
    public async Task Of_several_connections_that_are_gone_the_last_is_replaced_first_and_others_stay_or_leave_each_by_itself()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var here = await JoinedAsync(First, NewMember("news", "ann", Long));
        var first = await JoinedAsync(NodeAt(1), NewMember("news", "ann", Long));
        var second = await JoinedAsync(NodeAt(2), NewMember("news", "ann", Long));
        await NodeAt(1).LeaveAsync(first, mayReturn: true);
        await NodeAt(2).LeaveAsync(second, mayReturn: true);
        await AssertMembersAsync("news", here, first, second);

        var third = await JoinedAsync(First, NewMember("news", "ann", Long));
        await AssertMembersAsync("news", here, first, third);
        var fourth = await JoinedAsync(Last, NewMember("news", "ann", Long));
        await AssertMembersAsync("news", here, third, fourth);
        var fifth = await JoinedAsync(Last, NewMember("news", "ann", Long));
        await AssertMembersAsync("news", here, third, fourth, fifth);

        await AssertToldAsync(
        [
            $"Joined {here.Connection}", $"Joined {first.Connection}", $"Joined {second.Connection}",
            $"Returned {third.Connection} for {second.Connection}", $"Returned {fourth.Connection} for {first.Connection}", $"Joined {fifth.Connection}",
        ]);
    }

    [Fact]
    public async Task Nobody_comes_back_for_another_user_or_to_another_channel_or_for_an_anonymous_client()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var members = new List<Membership>();
        foreach (var user in (string[])["ann", ""])
        {
            members.Add(await JoinedAsync(First, NewMember("news", user, Long)));
            await First.LeaveAsync(members[^1], mayReturn: true);
        }

        await Last.JoinAsync(NewMember("sports", "ann", Long));
        foreach (var user in (string[])["bob", "", "Ann"])
            members.Add(await JoinedAsync(Last, NewMember("news", user, Long)));

        await AssertMembersAsync("news", members);
        await AssertToldAsync(members.Select(member => $"Joined {member.Connection}"));
    }

    [Fact]
    public async Task Who_unsubscribes_or_is_sent_away_leaves_at_once()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var member = await JoinedAsync(First, NewMember("news", "ann", Long));
        await First.LeaveAsync(member, mayReturn: false);

        await AssertMembersAsync("news");
        var other = await JoinedAsync(Last, NewMember("news", "ann", Long));
        await AssertToldAsync([$"Joined {member.Connection}", $"Left {member.Connection}", $"Joined {other.Connection}"]);
    }

    [Fact]
    public async Task Who_came_back_and_goes_again_has_its_delay_anew()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        var first = await JoinedAsync(First, NewMember("news", "ann", Long));
        await First.LeaveAsync(first, mayReturn: true);
        var second = await JoinedAsync(Last, NewMember("news", "ann", Briefly));
        await Last.LeaveAsync(second, mayReturn: true);

        await AssertToldAsync([$"Joined {first.Connection}", $"Returned {second.Connection} for {first.Connection}", $"Left {second.Connection}"]);
        await AssertMembersAsync("news");
    }

    [Fact]
    public async Task However_many_come_and_go_at_once_members_and_changes_agree()
    {
        await OnAllAsync(node => node.SubscribeAsync("news"));
        await Task.WhenAll(Enumerable.Range(0, Nodes.Length * 3).Select(async worker =>
        {
            for (var i = 0; i < 40; i++)
            {
                var member = await JoinedAsync(NodeAt(worker), NewMember("news", $"user{worker % 4}", i % 2 == 0 ? Long : Briefly));
                await NodeAt(worker).LeaveAsync(member, mayReturn: i % 5 != 0);
            }
        }));

        await Patience.UntilAsync(async () =>
            ReplayedMembers.From(First.Inbox.ChangesOf("news")) is var told && (await First.ReadAsync("news")).Sequence == told.Sequence);
        var page = await First.ReadAsync("news");
        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.ChangesOf("news").LastOrDefault()?.Sequence >= page.Sequence);
            var told = ReplayedMembers.From(node.Inbox.ChangesOf("news").TakeWhile(change => change.Sequence <= page.Sequence));
            Assert.Equal(page.Members.OrderBy(member => member.Client), told.Members.OrderBy(member => member.Client));
        }
    }

    private async Task AssertToldAsync(params IEnumerable<string> expected)
    {
        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.TextsOf("news").Length >= expected.Count());
            Assert.Equal(expected, node.Inbox.TextsOf("news"));
        }
    }
}
