using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IBroker"/> promises of histories, for every broker to inherit.</summary>
public abstract class HistoryContract : BrokerSuite
{
    private static readonly HistoryLimits Limits = new(100, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    private static readonly PublishOptions Kept = new(Limits);
    private static readonly HistoryQuery Everything = new(1_000);

    [Fact]
    public async Task Offsets_have_no_hole_and_every_node_gets_them_in_their_order()
    {
        const int Publishers = 8;
        const int Each = 100;
        var roomy = Limits with { Size = Publishers * Each };
        await OnAllAsync(node => node.SubscribeAsync("news"));

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Publishers).Select(async publisher =>
        {
            var own = new List<PublishOutcome>();
            for (var i = 0; i < Each; i++)
                own.Add(await Nodes[publisher % Nodes.Length].PublishAsync("news", $"{publisher} {i}", new PublishOptions(roomy)));
            return own;
        }));

        var positions = outcomes.SelectMany(own => own).Select(outcome => outcome.Position!.Value).ToArray();
        var epoch = Assert.Single(positions.Select(position => position.Epoch).Distinct());
        Assert.Equal(Range(1, Publishers * Each), positions.Select(position => position.Offset).Order());
        var history = await First.ReadAsync("news", Everything, roomy);
        Assert.Equal(Range(1, Publishers * Each), OffsetsOf(history));
        foreach (var node in Nodes)
        {
            await Patience.UntilAsync(() => node.Inbox.CountOf("news") == Publishers * Each);
            Assert.Equal(history.Publications.Select(Essence), node.Inbox.Of("news").Select(Essence));
        }

        Assert.All(history.Publications, publication => Assert.Equal(epoch, publication.Epoch));
        for (var publisher = 0; publisher < Publishers; publisher++)
            Assert.Equal(
                outcomes[publisher].Select(outcome => outcome.Position!.Value.Offset),
                history.Publications.Where(publication => TextOf(publication).StartsWith($"{publisher} ", StringComparison.Ordinal)).Select(publication => publication.Offset));
    }

    [Fact]
    public async Task What_is_delivered_is_what_is_kept()
    {
        var tags = new Dictionary<string, string> { ["kind"] = "urgent" };
        var before = DateTimeOffset.UtcNow;
        await Last.SubscribeAsync("news");

        var outcome = await First.PublishAsync(
            "news",
            new Publication("{\"a\":1}"u8.ToArray(), tags, new ClientInfo("42", "a-b-c")) { Lifetime = TimeSpan.FromMinutes(3), CollapseKey = "état" },
            Kept);

        await Patience.UntilAsync(() => Last.Inbox.Count == 1);
        var kept = Assert.Single((await First.ReadAsync("news", Everything, Limits)).Publications);
        foreach (var publication in (Publication[])[kept, Last.Inbox.Of("news")[0]])
        {
            Assert.Equal("{\"a\":1}", TextOf(publication));
            Assert.Equal(tags, publication.Tags);
            Assert.Equal(new ClientInfo("42", "a-b-c"), publication.Info);
            Assert.Equal(outcome.Position, new StreamPosition(publication.Offset, publication.Epoch!));
            Assert.Equal(TimeSpan.FromMinutes(3), publication.Lifetime);
            Assert.Equal("état", publication.CollapseKey);
            Assert.InRange(publication.Time, before.ToUnixTimeMilliseconds() - 5_000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 5_000);
            Assert.InRange(publication.ExpiresAt!.Value, before.AddMinutes(3).AddSeconds(-5), DateTimeOffset.UtcNow.AddMinutes(3).AddSeconds(5));
        }

        Assert.Equal(kept.Time, Last.Inbox.Of("news")[0].Time);
    }

    [Fact]
    public async Task What_nobody_is_subscribed_to_is_kept_as_well()
    {
        var first = await First.PublishAsync("news", "1", Kept);
        var second = await First.PublishAsync("news", "2", Kept);

        Assert.Equal((1UL, 2UL), (first.Position!.Value.Offset, second.Position!.Value.Offset));
        Assert.Matches("^[a-z0-9]{8}$", first.Position.Value.Epoch);
        Assert.Equal(["1", "2"], TextsOf(await Last.ReadAsync("news", Everything, Limits)));
    }

    [Fact]
    public async Task A_channel_without_a_history_has_no_offsets()
    {
        await Last.SubscribeAsync("news");

        var outcome = await First.PublishAsync("news", new Publication("1"u8.ToArray()) { Lifetime = TimeSpan.FromMinutes(1), CollapseKey = "k" }, PublishOptions.Default);

        Assert.Null(outcome.Position);
        await Patience.UntilAsync(() => Last.Inbox.Count == 1);
        var publication = Last.Inbox.Of("news")[0];
        Assert.Equal((0UL, null, "k"), (publication.Offset, publication.Epoch, publication.CollapseKey));
        Assert.NotEqual(0, publication.Time);
        Assert.InRange(publication.ExpiresAt!.Value, DateTimeOffset.UtcNow.AddSeconds(30), DateTimeOffset.UtcNow.AddSeconds(90));
        Assert.Null(await First.GetPositionAsync("news"));
    }

    [Fact]
    public async Task The_data_is_the_publishers_again_once_it_is_kept()
    {
        var data = "1"u8.ToArray();
        await First.PublishAsync("news", new Publication(data), Kept);
        data[0] = (byte)'2';

        Assert.Equal(["1"], TextsOf(await First.ReadAsync("news", Everything, Limits)));
    }

    [Fact]
    public async Task Histories_of_channels_have_nothing_in_common()
    {
        var one = await First.PublishAsync("one", "1", Kept);
        var other = await First.PublishAsync("other", "1", Kept);

        Assert.NotEqual(one.Position!.Value.Epoch, other.Position!.Value.Epoch);
        Assert.Equal(1UL, other.Position.Value.Offset);
    }

    [Fact]
    public async Task The_newest_are_kept_and_each_position_tells_whether_it_is_still_good()
    {
        var small = Limits with { Size = 5 };
        var epoch = await PublishAsync("news", 12, small);

        for (var since = 0UL; since <= 12; since++)
        {
            var page = await First.ReadAsync("news", new HistoryQuery(100, new StreamPosition(since, epoch)), small);

            Assert.Equal(new StreamPosition(12, epoch), page.Top);
            Assert.Equal(Range(Math.Max(since + 1, 8), 12), OffsetsOf(page));
            Assert.Equal(since >= 7, page.IsContinuous);
            Assert.Equal(12UL, page.Last);
        }
    }

    [Fact]
    public async Task A_history_made_smaller_is_read_as_small()
    {
        var epoch = await PublishAsync("news", 12, Limits);

        var page = await First.ReadAsync("news", new HistoryQuery(100, new StreamPosition(5, epoch)), Limits with { Size = 5 });

        Assert.Equal(Range(8, 12), OffsetsOf(page));
        Assert.False(page.IsContinuous);
        await First.PublishAsync("news", "13", new PublishOptions(Limits with { Size = 5 }));
        Assert.Equal(Range(9, 13), OffsetsOf(await First.ReadAsync("news", Everything, Limits)));
    }

    [Fact]
    public async Task Without_a_position_all_that_is_kept_is_read()
    {
        var small = Limits with { Size = 3 };
        await PublishAsync("news", 3, small);
        var whole = await First.ReadAsync("news", Everything, small);
        await First.PublishAsync("news", "4", new PublishOptions(small));
        var rest = await First.ReadAsync("news", Everything, small);

        Assert.Equal(Range(1, 3), OffsetsOf(whole));
        Assert.True(whole.IsContinuous);
        Assert.Equal(Range(2, 4), OffsetsOf(rest));
        Assert.False(rest.IsContinuous);
    }

    [Fact]
    public async Task In_reverse_the_newest_come_first()
    {
        var epoch = await PublishAsync("news", 10, Limits);

        Assert.Equal(Range(1, 10).Reverse(), OffsetsOf(await First.ReadAsync("news", new HistoryQuery(100, Reverse: true), Limits)));
        Assert.Equal([10UL], OffsetsOf(await First.ReadAsync("news", new HistoryQuery(1, Reverse: true), Limits)));
        for (var since = 0UL; since <= 10; since++)
        {
            var page = await First.ReadAsync("news", new HistoryQuery(3, new StreamPosition(since, epoch), Reverse: true), Limits);
            Assert.Equal(Range(since > 3 ? since - 3 : 1, since == 0 ? 0 : since - 1).Reverse(), OffsetsOf(page));
            Assert.True(page.IsContinuous);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(10, false)]
    [InlineData(100, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(10, true)]
    [InlineData(100, true)]
    public async Task Page_by_page_everything_is_read_once(int limit, bool reverse)
    {
        var small = Limits with { Size = 10 };
        var epoch = await PublishAsync("news", 15, small);
        var read = new List<ulong>();
        StreamPosition? since = null;
        while (true)
        {
            var page = await First.ReadAsync("news", new HistoryQuery(limit, since, reverse), small);
            read.AddRange(OffsetsOf(page));
            if (page.Last == (since?.Offset ?? 0))
                break;
            since = new StreamPosition(page.Last, epoch);
        }

        Assert.Equal(reverse ? Range(6, 15).Reverse() : Range(6, 15), read);
    }

    [Fact]
    public async Task A_limit_of_none_reads_the_position_alone()
    {
        var epoch = await PublishAsync("news", 3, Limits);

        foreach (var reverse in (bool[])[false, true])
        {
            var page = await First.ReadAsync("news", new HistoryQuery(0, Reverse: reverse), Limits);
            Assert.Equal((new StreamPosition(3, epoch), 0, 0UL, true), (page.Top, page.Publications.Count, page.Last, page.IsContinuous));
            page = await First.ReadAsync("news", new HistoryQuery(0, new StreamPosition(2, epoch), reverse), Limits);
            Assert.Equal((new StreamPosition(3, epoch), 0, 2UL, true), (page.Top, page.Publications.Count, page.Last, page.IsContinuous));
        }
    }

    [Fact]
    public async Task Whoever_has_everything_reads_nothing_and_is_told_so()
    {
        var epoch = await PublishAsync("news", 3, Limits);

        var page = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(3, epoch)), Limits);

        Assert.Empty(page.Publications);
        Assert.Equal((3UL, true), (page.Last, page.IsContinuous));
    }

    [Theory]
    [InlineData(2UL, "zzzzzzzz")]
    [InlineData(4UL, null)]
    [InlineData(4UL, "")]
    [InlineData(ulong.MaxValue, null)]
    [InlineData(ulong.MaxValue, "")]
    [InlineData(0UL, "an epoch that no broker of ours ever made: \0 \" ключ")]
    public async Task A_position_that_is_none_of_this_history_reads_nothing(ulong offset, string? epoch)
    {
        var current = await PublishAsync("news", 3, Limits);

        foreach (var reverse in (bool[])[false, true])
        {
            var page = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(offset, epoch ?? current), reverse), Limits);
            Assert.Equal((new StreamPosition(3, current), 0, false), (page.Top, page.Publications.Count, page.IsContinuous));
            Assert.Equal(offset, page.Last);
        }
    }

    [Fact]
    public async Task An_empty_epoch_is_the_current_one()
    {
        await PublishAsync("news", 3, Limits);

        var page = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(1, "")), Limits);

        Assert.Equal(Range(2, 3), OffsetsOf(page));
        Assert.True(page.IsContinuous);
    }

    [Fact]
    public async Task A_position_at_which_another_publication_stands_reads_nothing()
    {
        var epoch = await PublishAsync("news", 3, Limits);
        var time = (await First.ReadAsync("news", Everything, Limits)).Publications[1].Time;

        var same = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(2, epoch), SinceTime: time), Limits);
        var other = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(2, epoch), SinceTime: time - 1), Limits);

        Assert.Equal([3UL], OffsetsOf(same));
        Assert.True(same.IsContinuous);
        Assert.Empty(other.Publications);
        Assert.False(other.IsContinuous);
        Assert.Equal(new StreamPosition(3, epoch), other.Top);
    }

    [Fact]
    public async Task Every_page_tells_the_time_of_the_newest_publication()
    {
        Assert.Equal(0, (await First.ReadAsync("news", Everything, Limits)).TopTime);
        for (var i = 0; i < 3; i++)
            await First.PublishAsync("news", $"{i}", Kept);
        var page = await First.ReadAsync("news", Everything, Limits);
        Assert.Equal(page.Publications[^1].Time, page.TopTime);
        foreach (var query in (HistoryQuery[])[new(0), new(1), new(1, Reverse: true), new(9, page.Top with { Offset = 9 }), new(9, new StreamPosition(1, "another"))])
            Assert.Equal(page.TopTime, (await First.ReadAsync("news", query, Limits)).TopTime);
    }

    [Fact]
    public async Task The_time_of_a_publication_that_was_dropped_is_believed()
    {
        var small = Limits with { Size = 2 };
        var epoch = await PublishAsync("news", 3, small);

        var page = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(1, epoch), SinceTime: 1), small);

        Assert.Equal(Range(2, 3), OffsetsOf(page));
        Assert.True(page.IsContinuous);
    }

    [Fact]
    public async Task A_channel_that_is_read_has_a_position_from_then_on()
    {
        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Nodes[i % Nodes.Length].ReadAsync("news", Everything, Limits)));

        var top = Assert.Single(pages.Select(page => page.Top).Distinct());
        Assert.Equal(0UL, top.Offset);
        Assert.All(pages, page => Assert.True(page.IsContinuous));
        Assert.Equal(top, await Last.GetPositionAsync("news"));
        Assert.Equal(top with { Offset = 1 }, (await First.PublishAsync("news", "1", Kept)).Position);
        var followed = await First.ReadAsync("news", new HistoryQuery(10, top), Limits);
        Assert.Equal([1UL], OffsetsOf(followed));
        Assert.True(followed.IsContinuous);
    }

    [Fact]
    public async Task A_history_that_was_removed_begins_anew()
    {
        var epoch = await PublishAsync("news", 3, Limits);

        await Last.RemoveAsync("news");

        Assert.Null(await First.GetPositionAsync("news"));
        var next = (await First.PublishAsync("news", "new", Kept)).Position!.Value;
        Assert.Equal(1UL, next.Offset);
        Assert.NotEqual(epoch, next.Epoch);
        Assert.Equal(["new"], TextsOf(await First.ReadAsync("news", Everything, Limits)));
        Assert.False((await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(1, epoch)), Limits)).IsContinuous);
    }

    [Fact]
    public async Task Removing_what_is_not_there_is_no_error()
    {
        await First.RemoveAsync("news");
        await First.RemoveAsync("news");

        Assert.Null(await First.GetPositionAsync("news"));
    }

    [Fact]
    public async Task However_many_renew_an_epoch_one_comes_of_it_and_offsets_go_on()
    {
        var old = await PublishAsync("news", 3, Limits);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Nodes[i % Nodes.Length].RenewAsync("news", old)));

        var position = (await First.GetPositionAsync("news"))!.Value;
        Assert.Equal(3UL, position.Offset);
        Assert.NotEqual(old, position.Epoch);
        await First.RenewAsync("news", old);
        Assert.Equal(position, await First.GetPositionAsync("news"));
        Assert.Equal(position with { Offset = 4 }, (await First.PublishAsync("news", "4", Kept)).Position);
        var page = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(1, position.Epoch)), Limits);
        Assert.Equal(Range(2, 4), OffsetsOf(page));
        Assert.All(page.Publications, publication => Assert.Equal(position.Epoch, publication.Epoch));
        Assert.False((await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(1, old)), Limits)).IsContinuous);
    }

    [Fact]
    public async Task Renewing_the_epoch_of_a_channel_without_one_gives_it_none()
    {
        await First.RenewAsync("news", "abcdefgh");

        Assert.Null(await First.GetPositionAsync("news"));
    }

    [Fact]
    public async Task Positions_of_many_channels_come_in_their_order()
    {
        var names = Enumerable.Range(0, IBroker.MaxPositions).Select(i => $"news:{i}").ToArray();
        var expected = new StreamPosition?[names.Length];
        for (var i = 0; i < names.Length; i += 100)
            expected[i] = new StreamPosition((ulong)(i / 100) + 1, await PublishAsync(names[i], i / 100 + 1, Limits));

        Assert.Equal(expected, await Last.Broker.GetPositionsAsync(names, Cancellation));
        Assert.Equal(expected, await Last.Broker.GetPositionsAsync(names, Cancellation)); // Asking gives nobody a position.
        Assert.Empty(await Last.Broker.GetPositionsAsync([], Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Last.Broker.GetPositionsAsync([.. names, "one more"], Cancellation).AsTask());
    }

    [Fact]
    public async Task A_history_of_many_large_publications_is_read_as_it_was_published()
    {
        var roomy = Limits with { Size = 1_000 };
        var texts = Enumerable.Range(0, 1_000).Select(i => $"{i} {new string('x', i * 7 % 3_000)}").ToArray();
        foreach (var text in texts)
            await First.PublishAsync("news", text, new PublishOptions(roomy));

        Assert.Equal(texts, TextsOf(await Last.ReadAsync("news", Everything, roomy)));
        Assert.Equal(texts[400..500], TextsOf(await Last.ReadAsync("news", new HistoryQuery(100, new StreamPosition(400, "")), roomy)));
    }

    private async Task<string> PublishAsync(string channel, int count, HistoryLimits limits)
    {
        PublishOutcome outcome = default;
        for (var i = 1; i <= count; i++)
            outcome = await First.PublishAsync(channel, $"{i}", new PublishOptions(limits));
        return outcome.Position!.Value.Epoch;
    }

    private static IEnumerable<ulong> Range(ulong from, ulong to)
    {
        for (var offset = from; offset <= to; offset++)
            yield return offset;
    }

    private static (ulong, string?, long, string) Essence(Publication publication) => (publication.Offset, publication.Epoch, publication.Time, TextOf(publication));

    private static IEnumerable<ulong> OffsetsOf(HistoryPage page) => page.Publications.Select(publication => publication.Offset);

    private static IEnumerable<string> TextsOf(HistoryPage page) => page.Publications.Select(TextOf);

    private static string TextOf(Publication publication) => Encoding.UTF8.GetString(publication.Data.Span);
}
