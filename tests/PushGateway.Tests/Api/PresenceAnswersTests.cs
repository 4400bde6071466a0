using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Tests.Api;

public class PresenceAnswersTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, 6, TimeSpan.FromHours(2));

    [Fact]
    public void A_page_has_the_members_with_their_infos_as_they_were_said()
    {
        var page = new PresencePage(
            [new ClientInfo("42", "c1") { ConnectionInfo = """{ "a":1.50,"b":"\u0041<č>"}""", ChannelInfo = "null" }, new ClientInfo("", "c2")],
            "next_-",
            new PresenceStats(5_000_000_000, 2),
            Sequence: 7);
        Assert.Equal(
            """{"channel":"#42","clients":5000000000,"users":2,"members":[{"user":"42","client":"c1","connectionInfo":{ "a":1.50,"b":"\u0041<č>"},"channelInfo":null},{"user":"","client":"c2"}],"next":"next_-"}""",
            Write(PresenceAnswer.From("#42", page), ApiJson.Default.PresenceAnswer));
    }

    [Fact]
    public void An_empty_channel_has_no_members_and_no_next_page() => Assert.Equal(
        """{"channel":"a","clients":0,"users":0,"members":[]}""",
        Write(PresenceAnswer.From("a", new PresencePage([], null, default, 0)), ApiJson.Default.PresenceAnswer));

    [Fact]
    public void Stats_are_two_numbers() => Assert.Equal(
        """{"channel":"a","clients":3,"users":2}""", Write(PresenceStatsAnswer.From("a", new PresenceStats(3, 2)), ApiJson.Default.PresenceStatsAnswer));

    [Fact]
    public void Times_are_in_UTC_and_to_the_millisecond()
    {
        UserPresence[] users =
        [
            new("42", 2, Time, null),
            new("43", 0, null, Time.AddTicks(9_999)),
            new("44", 0, null, null),
            new("45", 1, new DateTimeOffset(2026, 12, 31, 0, 0, 0, TimeSpan.Zero), null),
        ];
        Assert.Equal(
            """{"users":[{"user":"42","online":true,"connections":2,"since":"2026-01-02T01:04:05.006Z"},"""
            + """{"user":"43","online":false,"connections":0,"lastSeen":"2026-01-02T01:04:05.006Z"},"""
            + """{"user":"44","online":false,"connections":0},"""
            + """{"user":"45","online":true,"connections":1,"since":"2026-12-31T00:00:00.000Z"}]}""",
            Write(UserPresencesAnswer.From(users), ApiJson.Default.UserPresencesAnswer));
    }

    [Fact]
    public void A_publication_says_of_its_client_what_presence_says()
    {
        var publication = new Publication("1"u8.ToArray()) { Info = new ClientInfo("42", "c1") { ConnectionInfo = "[1]" } };
        var page = new HistoryPage(new StreamPosition(0, "e"), [publication], 0, IsContinuous: true);
        Assert.Contains(
            """"info":{"user":"42","client":"c1","connectionInfo":[1]}"""", Write(HistoryAnswer.From("a", new HistoryQuery(1), page), ApiJson.Default.HistoryAnswer), StringComparison.Ordinal);
    }

    private static string Write<T>(T answer, JsonTypeInfo<T> type) => JsonSerializer.Serialize(answer, type);
}
