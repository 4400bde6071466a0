using System.Text;
using System.Text.Json;
using PushGateway.Api;
using PushGateway.Channels;

namespace PushGateway.Tests.Api;

public class HistoryAnswerTests
{
    private static readonly StreamPosition Top = new(9, "e");

    [Fact]
    public void A_page_is_written_with_all_that_is_known_of_each_publication()
    {
        Publication[] publications =
        [
            new(Raw("""{ "b":1.50,"a":"\u0041<č>" }"""), new Dictionary<string, string> { ["kind"] = "ad" }, new ClientInfo("42", "c-1"), 8) { Time = 1_700_000_000_123 },
            new(Raw("null"), Offset: 9) { Time = 1_700_000_000_124 },
        ];
        Assert.Equal(
            """{"channel":"news:a","epoch":"e","offset":9,"publications":["""
            + """{"offset":8,"time":1700000000123,"data":{ "b":1.50,"a":"\u0041<č>" },"tags":{"kind":"ad"},"info":{"user":"42","client":"c-1"}},"""
            + """{"offset":9,"time":1700000000124,"data":null}]}""",
            Write(new HistoryQuery(2), new HistoryPage(Top, publications, 9, IsContinuous: false)));
    }

    [Fact]
    public void Data_nested_as_deep_as_it_may_be_is_written()
    {
        var deep = new string('[', 64) + new string(']', 64);
        Assert.Contains(deep, Write(new HistoryQuery(1), new HistoryPage(Top, [new Publication(Raw(deep), Offset: 9)], 9, IsContinuous: true)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_who_named_a_position_is_told_whether_it_is_followed(bool continuous)
    {
        Assert.Null(From(new HistoryQuery(1), 9, continuous).Continuous);
        Assert.Equal(continuous, From(new HistoryQuery(1, new StreamPosition(8, "e")), 9, continuous).Continuous);
    }

    [Theory]
    [InlineData(null, 5ul, false, 5ul)] // A first page.
    [InlineData(null, 9ul, false, null)] // The only page.
    [InlineData(null, 0ul, false, null)] // Nothing is kept any more.
    [InlineData(5ul, 8ul, false, 8ul)] // A page in the middle.
    [InlineData(5ul, 9ul, false, null)] // The last page.
    [InlineData(5ul, 5ul, false, null)] // Nothing was looked at: another epoch, the position alone, or all gone.
    [InlineData(9ul, 9ul, false, null)] // Nothing came since.
    [InlineData(12ul, 12ul, false, null)] // An offset from the future.
    [InlineData(null, 7ul, true, 7ul)]
    [InlineData(null, 1ul, true, null)]
    [InlineData(null, 0ul, true, null)]
    [InlineData(7ul, 3ul, true, 3ul)]
    [InlineData(7ul, 1ul, true, null)]
    [InlineData(7ul, 7ul, true, null)]
    public void The_next_page_is_named_while_there_may_be_one(ulong? since, ulong last, bool reverse, ulong? next)
    {
        var query = new HistoryQuery(1, since is { } offset ? new StreamPosition(offset, "e") : null, reverse);
        Assert.Equal(next, From(query, last, continuous: true).Next);
    }

    private static HistoryAnswer From(HistoryQuery query, ulong last, bool continuous) => HistoryAnswer.From("news:a", query, new HistoryPage(Top, [], last, continuous));

    private static string Write(HistoryQuery query, HistoryPage page) =>
        Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(HistoryAnswer.From("news:a", query, page), ApiJson.Default.HistoryAnswer));

    private static byte[] Raw(string json) => Encoding.UTF8.GetBytes(json);
}
