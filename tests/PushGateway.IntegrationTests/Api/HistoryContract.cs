using System.Net;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Histories as back ends see them, on any broker.</summary>
public abstract class HistoryContract(KeepingNode shared)
{
    private static readonly string[] Always = ["channel", "epoch", "offset", "publications"];

    private readonly HttpClient _http = shared.Node.Http;

    /// <summary>A channel that no other test uses.</summary>
    private readonly string _channel = $"kept:{Guid.NewGuid():N}";

    [Fact]
    public async Task What_was_published_is_kept_byte_for_byte()
    {
        const string data = """{ "b":1.50, "a":"\u0041<č>", "a":[ ] }""";
        var result = (await PostAsync($$"""{"channel":"{{_channel}}","data":{{data}},"tags":{"kind":"ad"} }""")).GetProperty("results")[0];

        var page = await _http.FetchHistoryAsync(_channel);

        Assert.Equal(Always, FieldsOf(page));
        Assert.Equal(_channel, page.GetProperty("channel").GetString());
        Assert.Equal(result.GetProperty("epoch").GetString(), page.GetProperty("epoch").GetString());
        Assert.Equal((1, 1), (OffsetOf(result), OffsetOf(page)));
        var publication = Assert.Single(page.GetProperty("publications").EnumerateArray());
        Assert.Equal(["offset", "time", "data", "tags"], FieldsOf(publication));
        Assert.Equal(1, OffsetOf(publication));
        Assert.Equal(data, publication.GetProperty("data").GetRawText());
        Assert.Equal("""{"kind":"ad"}""", publication.GetProperty("tags").GetRawText());
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(publication.GetProperty("time").GetInt64()).Year, 2020, 2200);
    }

    [Fact]
    public async Task What_a_client_published_says_by_whom()
    {
        await using var client = await Subscriber.ConnectAsync(new Uri($"{shared.Node.WebSocket}?user=42"), _channel);
        await client.SendAsync("publish", new { channel = _channel, data = "hello" });

        // The reply and the publication come in any order.
        await Eventually.EqualAsync(1, async () => OffsetOf(await _http.FetchHistoryAsync(_channel)));
        var publication = (await _http.FetchHistoryAsync(_channel)).GetProperty("publications")[0];

        Assert.Equal("\"hello\"", publication.GetProperty("data").GetRawText());
        Assert.Equal(["user", "client"], FieldsOf(publication.GetProperty("info")));
        Assert.Equal("42", publication.GetProperty("info").GetProperty("user").GetString());
    }

    [Fact]
    public async Task A_channel_to_which_nothing_was_published_has_an_epoch_and_nothing_else()
    {
        var page = await _http.FetchHistoryAsync(_channel);
        Assert.Equal(Always, FieldsOf(page));
        Assert.Equal(0, OffsetOf(page));
        Assert.Empty(Offsets(page));

        var result = (await PostAsync(1)).GetProperty("results")[0];
        Assert.Equal((page.GetProperty("epoch").GetString(), 1), (result.GetProperty("epoch").GetString(), OffsetOf(result)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(40)]
    public async Task A_history_is_read_to_its_end_page_by_page(int limit)
    {
        await FillAsync(24);
        Assert.Equal(Enumerable.Range(1, 24), await ReadAllAsync(limit, reverse: false));
        Assert.Equal(Enumerable.Range(1, 24).Reverse(), await ReadAllAsync(limit, reverse: true));
    }

    [Fact]
    public async Task A_page_has_no_more_than_the_settings_allow_and_only_the_newest_are_kept()
    {
        await FillAsync(KeepingNode.HistorySize + 10);
        var page = await _http.FetchHistoryAsync(_channel);
        Assert.Equal(Enumerable.Range(11, 40), Offsets(page));
        Assert.Equal(50, page.GetProperty("next").GetInt32());
        Assert.Equal(Enumerable.Range(11, 50), await ReadAllAsync(40, reverse: false));
        Assert.Equal(Enumerable.Range(11, 50).Reverse(), await ReadAllAsync(40, reverse: true));
    }

    [Fact]
    public async Task The_position_alone_can_be_asked_for()
    {
        await FillAsync(3);
        foreach (var query in new[] { "?limit=0", "?limit=0&reverse=true" })
        {
            var page = await _http.FetchHistoryAsync(_channel, query);
            Assert.Equal(Always, FieldsOf(page));
            Assert.Equal(3, OffsetOf(page));
            Assert.Empty(Offsets(page));
        }
    }

    [Fact]
    public async Task What_came_since_a_position_is_continuous_until_it_is_no_longer_kept()
    {
        var epoch = await FillAsync(KeepingNode.HistorySize + 2);
        foreach (var (since, count, continuous) in new[] { (52, 0, true), (51, 1, true), (2, 40, true), (1, 40, false), (0, 40, false) })
        {
            var page = await _http.FetchHistoryAsync(_channel, $"?sinceOffset={since}&epoch={epoch}");
            Assert.Equal((since, continuous), (since, page.GetProperty("continuous").GetBoolean()));
            Assert.Equal(Enumerable.Range(Math.Max(3, since + 1), count), Offsets(page));
        }
    }

    [Theory]
    [InlineData("4", null)]
    [InlineData("9007199254740991", null)]
    [InlineData("0", "unknown")]
    [InlineData("1", "unknown")]
    [InlineData("1", "x%00%0D%0A%20%C4%8D")]
    public async Task Nothing_follows_on_a_position_that_never_was(string offset, string? unknownEpoch)
    {
        var epoch = await FillAsync(3);
        foreach (var reverse in new[] { "false", "true" })
        {
            var page = await _http.FetchHistoryAsync(_channel, $"?sinceOffset={offset}&epoch={unknownEpoch ?? epoch}&reverse={reverse}");
            Assert.Equal([.. Always, "continuous"], FieldsOf(page));
            Assert.False(page.GetProperty("continuous").GetBoolean());
            Assert.Empty(Offsets(page));
            Assert.Equal((3, epoch), (OffsetOf(page), page.GetProperty("epoch").GetString()));
        }
    }

    [Fact]
    public async Task After_a_removal_the_next_publication_begins_a_new_epoch()
    {
        var epoch = await FillAsync(3);

        var answer = await _http.RemoveAsync(ApiCalls.HistoryOf(_channel));
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        var result = (await PostAsync(4)).GetProperty("results")[0];

        Assert.Equal(1, OffsetOf(result));
        Assert.NotEqual(epoch, result.GetProperty("epoch").GetString());
        Assert.Equal([1], Offsets(await _http.FetchHistoryAsync(_channel)));
        Assert.False((await _http.FetchHistoryAsync(_channel, $"?sinceOffset=1&epoch={epoch}")).GetProperty("continuous").GetBoolean());
    }

    [Fact]
    public async Task Subscribers_with_a_position_learn_of_a_removal_by_the_next_publication()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket);
        await client.CommandAsync("subscribe", new { channel = _channel, positioned = true });
        await FillAsync(2);
        Assert.Equal(("1", "2"), ((await client.NextAsync()).Data, (await client.NextAsync()).Data));

        await _http.RemoveAsync(ApiCalls.HistoryOf(_channel));
        await PostAsync(3);

        var push = await client.NextPushAsync();
        Assert.Equal((_channel, 2500), (push.GetProperty("channel").GetString(), push.GetProperty("unsubscribe").GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task What_is_not_there_can_be_removed_again()
    {
        foreach (var channel in new[] { _channel, _channel, "news:keeps-nothing" })
            Assert.Equal(HttpStatusCode.NoContent, (await _http.RemoveAsync(ApiCalls.HistoryOf(channel))).StatusCode);
        Assert.Equal(0, OffsetOf(await _http.FetchHistoryAsync(_channel)));
    }

    [Fact]
    public async Task What_has_expired_is_not_shown()
    {
        await PostAsync($$"""{"channel":"{{_channel}}","data":1,"expiresIn":3600}""");
        await PostAsync($$"""{"channel":"{{_channel}}","data":2,"expiresIn":0.001}""");
        await PostAsync(3);
        await Eventually.EqualAsync("1 3", async () => string.Join(' ', Offsets(await _http.FetchHistoryAsync(_channel))));
        Assert.Equal(3, OffsetOf(await _http.FetchHistoryAsync(_channel)));
        Assert.Equal([1, 3], await ReadAllAsync(1, reverse: false));
    }

    [Fact]
    public async Task An_older_version_is_answered_and_not_published()
    {
        Assert.False(IsSuperseded(await PostAsync($$"""{"channel":"{{_channel}}","data":"new","version":7}""")));
        foreach (var version in new[] { "7", "6", "0" })
        {
            var answer = await PostAsync($$"""{"channel":"{{_channel}}","data":"old","version":{{version}} }""");
            Assert.True(IsSuperseded(answer));
            Assert.Equal(1, OffsetOf(answer.GetProperty("results")[0]));
        }

        Assert.False(IsSuperseded(await PostAsync($$"""{"channel":"{{_channel}}","data":"newer","version":9007199254740991}""")));
        var kept = (await _http.FetchHistoryAsync(_channel)).GetProperty("publications").EnumerateArray();
        Assert.Equal(["\"new\"", "\"newer\""], kept.Select(publication => publication.GetProperty("data").GetRawText()));
    }

    [Fact]
    public async Task Versions_count_without_a_history_too()
    {
        var channel = $"news:{Guid.NewGuid():N}";
        Assert.False(IsSuperseded(await PostAsync($$"""{"channel":"{{channel}}","data":1,"version":2}""")));
        var answer = await PostAsync($$"""{"channel":"{{channel}}","data":1,"version":1}""");
        Assert.Equal($$"""{"channel":"{{channel}}","superseded":true}""", answer.GetProperty("results")[0].GetRawText());
    }

    [Fact]
    public async Task A_removal_forgets_the_version_as_well()
    {
        await PostAsync($$"""{"channel":"{{_channel}}","data":1,"version":7}""");
        await _http.RemoveAsync(ApiCalls.HistoryOf(_channel));
        Assert.False(IsSuperseded(await PostAsync($$"""{"channel":"{{_channel}}","data":1,"version":1}""")));
    }

    private Task<JsonElement> PostAsync(int data) => PostAsync($$"""{"channel":"{{_channel}}","data":{{data}} }""");

    private async Task<JsonElement> PostAsync(string body) => await (await _http.PostNotificationAsync(body)).ReadAsync();

    /// <summary>Publishes 1, 2 and so on.</summary>
    /// <returns>The epoch.</returns>
    private async Task<string> FillAsync(int count)
    {
        JsonElement answer = default;
        for (var i = 1; i <= count; i++)
            answer = await PostAsync(i);
        return answer.GetProperty("results")[0].GetProperty("epoch").GetString()!;
    }

    private async Task<IEnumerable<int>> ReadAllAsync(int limit, bool reverse)
    {
        List<int> all = [];
        var query = $"?limit={limit}&reverse={(reverse ? "true" : "false")}";
        var page = await _http.FetchHistoryAsync(_channel, query);
        all.AddRange(Offsets(page));
        while (page.TryGetProperty("next", out var next))
        {
            page = await _http.FetchHistoryAsync(_channel, $"{query}&sinceOffset={next}&epoch={page.GetProperty("epoch").GetString()}");
            Assert.True(page.GetProperty("continuous").GetBoolean());
            Assert.True(Offsets(page).Count() <= limit);
            all.AddRange(Offsets(page));
        }

        return all;
    }

    private static IEnumerable<string> FieldsOf(JsonElement value) => value.EnumerateObject().Select(field => field.Name);

    private static IEnumerable<int> Offsets(JsonElement page) => page.GetProperty("publications").EnumerateArray().Select(OffsetOf);

    private static int OffsetOf(JsonElement value) => value.GetProperty("offset").GetInt32();

    private static bool IsSuperseded(JsonElement answer) => answer.GetProperty("results")[0].TryGetProperty("superseded", out var superseded) && superseded.GetBoolean();
}
