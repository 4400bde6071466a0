using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IPresence"/> promises of reading many members, for every presence to inherit.</summary>
public abstract class PresencePagesContract : PresenceSuite
{
    [Theory]
    [InlineData(2_500, 1_000)]
    [InlineData(2_500, 333)]
    [InlineData(1_000, 1_000)]
    [InlineData(40, 39)]
    [InlineData(40, 7)]
    [InlineData(40, 1)]
    public async Task Pages_follow_one_another_without_gap_or_repetition(int count, int limit)
    {
        var members = await JoinManyAsync(count);

        foreach (var node in Nodes)
            Assert.Equal(ClientsOf(members), (await node.ReadAllAsync("news", limit)).Select(member => member.Client).Order());
    }

    [Fact]
    public async Task Every_page_is_followed_by_its_cursor_on_every_node_and_has_the_numbers_of_all()
    {
        await JoinManyAsync(1_500);

        var first = await First.ReadAsync("news", 500);

        Assert.Matches("^[A-Za-z0-9_-]+$", first.Next);
        var second = await First.ReadAsync("news", 500, first.Next);
        foreach (var node in Nodes)
        {
            Assert.Equal(second.Members, (await node.ReadAsync("news", 500, first.Next)).Members);
            Assert.Equal(new PresenceStats(1_500, 10), second.Stats);
        }
    }

    [Fact]
    public async Task Who_is_there_from_the_first_page_to_the_last_is_listed_once_whoever_comes_and_goes()
    {
        var members = await JoinManyAsync(600);
        var byClient = members.ToDictionary(member => $"{member.Connection}");
        var left = new HashSet<string>();
        var listed = new List<string>();
        PresencePage? page = null;
        do
        {
            page = await Last.ReadAsync("news", 50, page?.Next);
            listed.AddRange(page.Members.Select(member => member.Client));

            // The one that the page ended with, and whoever is first on the next.
            foreach (var client in (string?[])[page.Members.Count > 0 ? page.Members[^1].Client : null, page.Next is null ? null : (await First.ReadAsync("news", 1, page.Next)).Members[0].Client])
                if (client is not null && left.Add(client) && byClient.TryGetValue(client, out var member))
                    await NodeAt(members.IndexOf(member)).LeaveAsync(member);
            await First.JoinAsync(NewMember("news", "new"));
        }
        while (page.Next is not null);

        Assert.Equal(listed.Count, listed.Distinct().Count());
        Assert.Superset(byClient.Keys.Except(left).ToHashSet(), listed.ToHashSet());
    }

    [Fact]
    public async Task A_page_of_nobody_has_the_numbers_alone()
    {
        await JoinManyAsync(20);

        var page = await Last.ReadAsync("news", limit: 0);

        Assert.Empty(page.Members);
        Assert.Null(page.Next);
        Assert.Equal(new PresenceStats(20, 10), page.Stats);
        Assert.Equal((await First.ReadAsync("news")).Sequence, page.Sequence);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("last")]
    [InlineData("one two")]
    [InlineData("../../etc")]
    [InlineData("????????????????????????????????")]
    [InlineData("ключключключключключключключключ")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task What_is_no_cursor_is_told_from_one(string cursor)
    {
        await JoinManyAsync(20);

        await Assert.ThrowsAsync<InvalidCursorException>(() => First.ReadAsync("news", 10, cursor));
        await Assert.ThrowsAsync<InvalidCursorException>(() => First.ReadAsync("empty", 10, cursor));
    }

    [Fact]
    public async Task A_cursor_of_another_channel_reads_what_is_behind_it_here_or_nothing()
    {
        var members = await JoinManyAsync(20);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => First.JoinAsync(NewMember("sports"))));
        var cursor = (await First.ReadAsync("news", 10)).Next;

        var page = await First.ReadAsync("sports", 10, cursor);

        Assert.InRange(page.Members.Count, 0, 3);
        Assert.Null(page.Next);
        Assert.DoesNotContain(page.Members, member => ClientsOf(members).Contains(member.Client));
        Assert.Empty((await First.ReadAsync("empty", 10, cursor)).Members);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(IPresence.MaxPageSize + 1)]
    public async Task No_page_is_longer_than_the_longest(int limit) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => First.ReadAsync("news", limit));

    [Fact]
    public async Task A_page_of_large_members_is_read_as_it_was_written()
    {
        var members = await Task.WhenAll(Enumerable.Range(0, IPresence.MaxPageSize).Select(i => JoinedAsync(NodeAt(i), new Membership("news", Guid.NewGuid(), "ann", Silent)
        {
            ConnectionInfo = $"\"{new string('x', i * 7 % 4_000)}\"",
        })));

        var read = await Last.ReadAllAsync("news");

        Assert.Equal(members.Select(member => member.ToClientInfo()).OrderBy(member => member.Client), read.OrderBy(member => member.Client));
    }

    private static IEnumerable<string> ClientsOf(IEnumerable<Membership> members) => members.Select(member => $"{member.Connection}").Order();

    private async Task<List<Membership>> JoinManyAsync(int count) =>
        [.. await Task.WhenAll(Enumerable.Range(0, count).Select(i => JoinedAsync(NodeAt(i), NewMember("news", $"user{i % 10}"))))];
}
