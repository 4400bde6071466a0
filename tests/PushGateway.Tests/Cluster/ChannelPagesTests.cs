using PushGateway.Cluster;

namespace PushGateway.Tests.Cluster;

public class ChannelPagesTests
{
    [Fact]
    public void Subscribers_of_all_nodes_are_added_up_in_the_order_of_names()
    {
        var page = ChannelPages.Merge([[new("a", 1), new("c", 2)], [], [new("B", 5), new("a", 3)]], 10, ["silent"]);
        Assert.Equal([new("B", 5), new("a", 4), new("c", 2)], page.Channels);
        Assert.False(page.More);
        Assert.Equal(["silent"], page.SilentNodes);
    }

    [Fact]
    public void Nothing_makes_an_empty_page() => Assert.Equal((0, false), (ChannelPages.Merge([], 5, []).Channels.Count, ChannelPages.Merge([], 5, []).More));

    [Theory]
    [InlineData(2, false)]
    [InlineData(1, true)]
    public void A_page_holds_as_many_as_asked_and_tells_whether_there_are_more(int limit, bool more)
    {
        var page = ChannelPages.Merge([[new("a", 1)], [new("b", 1)]], limit, []);
        Assert.Equal((limit, more), (page.Channels.Count, page.More));
    }

    [Fact]
    public void Pages_of_truncated_parts_make_up_the_whole()
    {
        var random = new Random(3);
        for (var round = 0; round < 300; round++)
        {
            var nodes = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Enumerable.Range(0, 40).Where(_ => random.Next(3) == 0)
                .Select(i => new ChannelCount($"c{i:00}", random.Next(1, 9))).ToArray()).ToArray();
            var whole = nodes.SelectMany(node => node).GroupBy(entry => entry.Channel, (name, entries) => new ChannelCount(name, entries.Sum(entry => entry.Subscribers)))
                .OrderBy(entry => entry.Channel, StringComparer.Ordinal);

            List<ChannelCount> pages = [];
            var limit = random.Next(1, 12);
            for (var more = true; more;)
            {
                var after = pages.Count > 0 ? pages[^1].Channel : null;
                var page = ChannelPages.Merge(
                    nodes.Select(node => node.Where(entry => string.CompareOrdinal(entry.Channel, after) > 0).Take(limit + 1).ToArray()), limit, []);
                pages.AddRange(page.Channels);
                more = page.More;
            }

            Assert.Equal(whole, pages);
        }
    }
}
