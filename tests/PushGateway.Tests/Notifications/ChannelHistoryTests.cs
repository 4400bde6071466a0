using PushGateway.Channels;
using PushGateway.Notifications;
using PushGateway.Tests.Brokers;

namespace PushGateway.Tests.Notifications;

public sealed class ChannelHistoryTests : IAsyncDisposable
{
    private const string Kept = "#42";

    private readonly PushGatewayOptions _options = new() { Api = { MaxDataBytes = 1000, MaxHistoryPageBytes = 20_500, MaxHistoryPageSize = 50 } };
    private readonly RecordingBroker _broker = new();
    private readonly List<(string Channel, HistoryQuery Query)> _read = [];
    private readonly ChannelHistory _history;

    public ChannelHistoryTests()
    {
        _broker.OnReadHistory = (channel, query) =>
        {
            _read.Add((channel, query));
            return new(new HistoryPage(new StreamPosition(9, "e"), [], 9, IsContinuous: true));
        };
        var options = Microsoft.Extensions.Options.Options.Create(_options);
        _history = new ChannelHistory(_broker, new ChannelDirectory(options), options);
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task A_query_goes_to_the_broker()
    {
        var query = new HistoryQuery(20, new StreamPosition(7, "e"), Reverse: true, SinceTime: 5);
        Assert.Equal(9ul, (await ReadAsync(Kept, query)).Top.Offset);
        Assert.Equal([(Kept, query)], _read);
    }

    [Fact]
    public async Task A_broker_is_not_asked_for_more_than_the_largest_publications_may_take()
    {
        await ReadAsync(Kept, new HistoryQuery(50));
        await ReadAsync(Kept, new HistoryQuery(0));
        Assert.Equal([20, 0], _read.Select(read => read.Query.Limit));
    }

    [Fact]
    public async Task A_publication_larger_than_a_page_has_a_page_of_its_own()
    {
        var options = Microsoft.Extensions.Options.Options.Create(new PushGatewayOptions { Api = { MaxDataBytes = 2048, MaxHistoryPageBytes = 1024 } });
        await new ChannelHistory(_broker, new ChannelDirectory(options), options).ReadAsync(Kept, new HistoryQuery(50), TestContext.Current.CancellationToken);
        Assert.Equal(1, Assert.Single(_read).Query.Limit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("nowhere:a")]
    [InlineData(null)]
    public async Task What_is_not_a_channel_is_refused(string? channel)
    {
        Assert.Equal("channel", (await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(channel!, new HistoryQuery(1)))).ParamName);
        Assert.Equal("channel", (await Assert.ThrowsAsync<ArgumentException>(() => RemoveAsync(channel!))).ParamName);
        Assert.Empty(_read);
        Assert.Empty(_broker.Calls);
    }

    [Fact]
    public async Task Numbers_out_of_range_are_refused()
    {
        foreach (var query in new[] { new HistoryQuery(-1), new HistoryQuery(51), new HistoryQuery(1, new StreamPosition(1UL << 53, "e")) })
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReadAsync(Kept, query));
        Assert.Empty(_read);
    }

    [Fact]
    public async Task A_channel_without_history_can_be_emptied_and_not_read()
    {
        Assert.Contains("HistorySize", (await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync("news", new HistoryQuery(1)))).Message, StringComparison.Ordinal);
        await RemoveAsync("news");
        Assert.Equal(["!news"], _broker.Calls);
    }

    private async Task<HistoryPage> ReadAsync(string channel, HistoryQuery query) => await _history.ReadAsync(channel, query, TestContext.Current.CancellationToken);

    private async Task RemoveAsync(string channel) => await _history.RemoveAsync(channel, TestContext.Current.CancellationToken);
}
