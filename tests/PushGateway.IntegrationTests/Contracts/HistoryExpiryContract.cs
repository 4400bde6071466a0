using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>What <see cref="IBroker"/> promises of the time that things are kept, for every broker to inherit. Times are short and waited for.</summary>
public abstract class HistoryExpiryContract : BrokerSuite
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);
    private static readonly HistoryLimits Long = new(100, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));
    private static readonly HistoryQuery Everything = new(1_000);

    [Fact]
    public async Task Publications_go_when_their_time_is_over_and_the_position_stays()
    {
        var limits = Long with { Ttl = Soon };
        await First.PublishAsync("news", "1", new PublishOptions(limits));
        var position = (await First.PublishAsync("news", "2", new PublishOptions(limits))).Position!.Value;

        await Patience.UntilAsync(async () => (await First.ReadAsync("news", Everything, limits)).Publications.Count == 0);

        Assert.Equal(position, await First.GetPositionAsync("news"));
        var missed = await First.ReadAsync("news", new HistoryQuery(10, position with { Offset = 1 }), limits);
        Assert.Equal((position, 1UL, false), (missed.Top, missed.Last, missed.IsContinuous));
        Assert.True((await First.ReadAsync("news", new HistoryQuery(10, position), limits)).IsContinuous);
        Assert.Equal(position with { Offset = 3 }, (await First.PublishAsync("news", "3", new PublishOptions(limits))).Position);
    }

    [Fact]
    public async Task Each_publication_goes_by_its_own_time()
    {
        var old = new List<Publication>();
        foreach (var text in (string[])["1", "2", "3", "4", "5"])
            await First.PublishAsync("news", text, new PublishOptions(Long));
        old.AddRange((await First.ReadAsync("news", Everything, Long)).Publications);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        foreach (var text in (string[])["6", "7"])
            await First.PublishAsync("news", text, new PublishOptions(Long));
        var all = (await First.ReadAsync("news", Everything, Long)).Publications;
        var between = DateTimeOffset.FromUnixTimeMilliseconds((old[^1].Time + all[5].Time) / 2);

        // Those are older than what is between, however long it takes to ask: what is allowed grows while it does.
        HistoryPage page = null!, whole = null!, rest = null!;
        await Patience.UntilAsync(async () =>
        {
            var limits = Long with { Ttl = DateTimeOffset.UtcNow - between };
            page = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(4, "")), limits);
            whole = await First.ReadAsync("news", Everything, limits);
            rest = await First.ReadAsync("news", new HistoryQuery(10, new StreamPosition(5, "")), limits);
            return page.Publications.Count == 2 && whole.Publications.Count == 2 && rest.Publications.Count == 2;
        });

        Assert.Equal([6UL, 7UL], page.Publications.Select(publication => publication.Offset));
        Assert.Equal((false, false, true), (page.IsContinuous, whole.IsContinuous, rest.IsContinuous));
    }

    [Fact]
    public async Task The_position_goes_after_its_own_time_and_then_a_new_epoch_begins()
    {
        var limits = new HistoryLimits(100, Soon, Soon);
        var first = (await First.PublishAsync("news", "1", new PublishOptions(limits))).Position!.Value;

        await Patience.UntilAsync(async () => await First.GetPositionAsync("news") is null);

        var next = (await First.PublishAsync("news", "2", new PublishOptions(Long))).Position!.Value;
        Assert.Equal(1UL, next.Offset);
        Assert.NotEqual(first.Epoch, next.Epoch);
        Assert.Equal("2", Encoding.UTF8.GetString(Assert.Single((await First.ReadAsync("news", Everything, Long)).Publications).Data.Span));
    }

    [Fact]
    public async Task A_position_that_came_from_reading_goes_as_well()
    {
        var limits = new HistoryLimits(100, Soon, Soon);
        var first = (await First.ReadAsync("news", Everything, limits)).Top;

        await Patience.UntilAsync(async () => await First.GetPositionAsync("news") is null);

        Assert.NotEqual(first.Epoch, (await First.ReadAsync("news", Everything, Long)).Top.Epoch);
    }

    [Fact]
    public async Task Publishing_keeps_a_position_alive()
    {
        var limits = new HistoryLimits(100, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        var first = (await First.PublishAsync("news", "1", new PublishOptions(limits))).Position!.Value;
        var last = (await First.PublishAsync("news", "2", new PublishOptions(Long))).Position!.Value;
        var began = DateTimeOffset.UtcNow;

        await Patience.UntilAsync(() => DateTimeOffset.UtcNow - began > TimeSpan.FromSeconds(2.2));

        Assert.Equal(first.Epoch, last.Epoch);
        Assert.Equal(last, await First.GetPositionAsync("news"));
    }

    [Fact]
    public async Task What_is_expired_is_left_out_and_makes_no_hole()
    {
        TimeSpan?[] lifetimes = [null, Soon, Soon, null, Soon, Soon, Soon, null, Soon];
        foreach (var lifetime in lifetimes)
            await First.PublishAsync("news", new Publication("1"u8.ToArray()) { Lifetime = lifetime }, new PublishOptions(Long));
        await Patience.UntilAsync(async () => (await First.ReadAsync("news", Everything, Long)).Publications.Count == 3);

        var all = await First.ReadAsync("news", Everything, Long);
        Assert.Equal([1UL, 4UL, 8UL], all.Publications.Select(publication => publication.Offset));
        Assert.Equal((9UL, true), (all.Last, all.IsContinuous));

        var page = await First.ReadAsync("news", new HistoryQuery(2, new StreamPosition(4, all.Top.Epoch)), Long);
        Assert.Empty(page.Publications);
        Assert.Equal((6UL, true), (page.Last, page.IsContinuous));
        page = await First.ReadAsync("news", new HistoryQuery(2, new StreamPosition(page.Last, all.Top.Epoch)), Long);
        Assert.Equal(8UL, Assert.Single(page.Publications).Offset);
        page = await First.ReadAsync("news", new HistoryQuery(2, new StreamPosition(page.Last, all.Top.Epoch)), Long);
        Assert.Empty(page.Publications);
        Assert.Equal((9UL, true), (page.Last, page.IsContinuous));

        var reverse = await First.ReadAsync("news", new HistoryQuery(3, Reverse: true), Long);
        Assert.Equal(8UL, Assert.Single(reverse.Publications).Offset);
        Assert.Equal(7UL, reverse.Last);
    }

    [Fact]
    public async Task An_outcome_is_forgotten_after_its_time()
    {
        var options = new PublishOptions(Long, new IdempotencyKey("key", new byte[16], Soon));
        Assert.Equal(1UL, (await First.PublishAsync("news", "1", options)).Position!.Value.Offset);
        await First.RemoveAsync("news"); // So that each that is published anew would have offset 1 and another epoch.

        await Patience.UntilAsync(async () => !(await First.PublishAsync("news", "1", options)).IsRepeated);

        Assert.Single((await First.ReadAsync("news", Everything, Long)).Publications);
    }
}
