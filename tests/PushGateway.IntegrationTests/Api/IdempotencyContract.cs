using System.Net;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Publishing twice with the same key, on any broker.</summary>
public abstract class IdempotencyContract(KeepingNode shared)
{
    private readonly HttpClient _http = shared.Node.Http;
    private readonly string _key = $"{Guid.NewGuid():N}";

    /// <summary>Channels that no other test uses: with a history, and without one.</summary>
    private readonly string _kept = $"kept:{Guid.NewGuid():N}", _plain = $"news:{Guid.NewGuid():N}";

    [Fact]
    public async Task A_second_attempt_is_answered_as_the_first_and_publishes_nothing()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, _kept, _plain);
        foreach (var channel in new[] { _kept, _plain })
        {
            var body = $$"""{"channel":"{{channel}}","data":1,"tags":{"a":"b"},"expiresIn":60,"version":1,"collapseKey":"x"}""";
            var first = await _http.PostNotificationAsync(body, _key);
            var expected = await first.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            Assert.False(IsReplayed(first));
            await PostAsync($$"""{"channel":"{{channel}}","data":"between"}""");

            for (var i = 0; i < 2; i++)
            {
                var again = await _http.PostNotificationAsync(body, _key);
                Assert.Equal(HttpStatusCode.OK, again.StatusCode);
                Assert.Equal(expected, await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
                Assert.Equal(first.Content.Headers.ToString(), again.Content.Headers.ToString());
                Assert.True(IsReplayed(again));
            }

            await PostAsync($$"""{"channel":"{{channel}}","data":"behind"}""");
            Assert.Equal("1", (await client.NextAsync()).Data);
            Assert.Equal("\"between\"", (await client.NextAsync()).Data);
            Assert.Equal("\"behind\"", (await client.NextAsync()).Data);
        }
    }

    [Fact]
    public async Task What_was_superseded_is_answered_so_again()
    {
        await PostAsync($$"""{"channel":"{{_kept}}","data":1,"version":5}""");
        var old = $$"""{"channel":"{{_kept}}","data":1,"version":4}""";
        var first = await (await _http.PostNotificationAsync(old, _key)).ReadAsync();
        await PostAsync($$"""{"channel":"{{_kept}}","data":1}""");
        var again = await _http.PostNotificationAsync(old, _key);
        Assert.True(IsReplayed(again));
        Assert.True(first.GetProperty("results")[0].GetProperty("superseded").GetBoolean());
        Assert.Equal(first.GetRawText(), (await again.ReadAsync()).GetRawText());
    }

    [Fact]
    public async Task Many_attempts_at_once_publish_once()
    {
        var body = $$"""{"channels":["{{_kept}}","{{_plain}}"],"data":1}""";
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, _plain);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _http.PostNotificationAsync(body, _key)));
        var texts = new List<string>();
        foreach (var answer in answers)
            texts.Add((await answer.ReadAsync()).GetRawText());
        await PostAsync($$"""{"channel":"{{_plain}}","data":"behind"}""");

        Assert.Single(texts.Distinct());
        Assert.Equal(1, (await _http.FetchHistoryAsync(_kept)).GetProperty("offset").GetInt32());
        Assert.Equal("1", (await client.NextAsync()).Data);
        Assert.Equal("\"behind\"", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task The_same_key_with_another_notification_is_a_conflict_and_publishes_nothing()
    {
        var first = await (await _http.PostNotificationAsync($$"""{"channel":"{{_kept}}","data":1}""", _key)).ReadAsync();
        foreach (var other in new[]
        {
            $$"""{"channel":"{{_kept}}","data":2}""", $$"""{"channel":"{{_kept}}","tags":{"a":"b"},"data":1}""", $$"""{"channel":"{{_kept}}","data":1,"version":1}""",
            $$"""{"channel":"{{_kept}}","data":1,"expiresIn":1}""", $$"""{"channel":"{{_kept}}","data":1,"collapseKey":"x"}""", $$"""{"channels":["{{_kept}}","{{_kept}}"],"data":2}""",
        })
            await (await _http.PostNotificationAsync(other, _key)).ReadProblemAsync(HttpStatusCode.UnprocessableEntity, "idempotency-conflict");

        Assert.Equal(1, (await _http.FetchHistoryAsync(_kept)).GetProperty("offset").GetInt32());
        Assert.Equal(first.GetRawText(), (await (await _http.PostNotificationAsync($$"""{ "data":1, "channel":"{{_kept}}" }""", _key)).ReadAsync()).GetRawText());
    }

    [Fact]
    public async Task Where_only_some_channels_conflict_the_others_are_published()
    {
        await (await _http.PostNotificationAsync($$"""{"channel":"{{_kept}}","data":1}""", _key)).ReadAsync();

        var answer = await _http.PostNotificationAsync($$"""{"channels":["{{_plain}}","{{_kept}}"],"data":2}""", _key);

        var results = (await answer.ReadAsync()).GetProperty("results");
        Assert.False(IsReplayed(answer));
        Assert.Equal($$"""{"channel":"{{_plain}}"}""", results[0].GetRawText());
        Assert.Equal(["channel", "error"], results[1].EnumerateObject().Select(field => field.Name));
        Assert.Equal("urn:pushgateway:problem:idempotency-conflict", results[1].GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(422, results[1].GetProperty("error").GetProperty("status").GetInt32());
        Assert.Equal(1, (await _http.FetchHistoryAsync(_kept)).GetProperty("offset").GetInt32());
    }

    [Fact]
    public async Task What_some_channels_have_already_is_published_to_the_others()
    {
        var both = $$"""{"channels":["{{_kept}}","{{_plain}}"],"data":1}""";
        await (await _http.PostNotificationAsync($$"""{"channel":"{{_kept}}","data":1}""", _key)).ReadAsync();
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, _kept, _plain);

        var second = await _http.PostNotificationAsync(both, _key);
        var third = await _http.PostNotificationAsync(both, _key);
        await PostAsync($$"""{"channel":"{{_plain}}","data":"behind"}""");

        Assert.False(IsReplayed(second));
        Assert.True(IsReplayed(third));
        Assert.Equal((await second.ReadAsync()).GetRawText(), (await third.ReadAsync()).GetRawText());
        var (channel, data, _) = await client.NextAsync();
        Assert.Equal((_plain, "1"), (channel, data));
        Assert.Equal("\"behind\"", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Keys_of_one_channel_are_nothing_to_another_and_tell_capitals_from_small_letters()
    {
        await (await _http.PostNotificationAsync($$"""{"channel":"{{_kept}}","data":1}""", _key + "a")).ReadAsync();
        Assert.False(IsReplayed(await _http.PostNotificationAsync($$"""{"channel":"{{_kept}}","data":2}""", _key + "A")));
        Assert.False(IsReplayed(await _http.PostNotificationAsync($$"""{"channel":"{{_plain}}","data":2}""", _key + "a")));
        Assert.Equal(2, (await _http.FetchHistoryAsync(_kept)).GetProperty("offset").GetInt32());
    }

    [Fact]
    public async Task Without_a_key_each_post_publishes()
    {
        for (var i = 1; i <= 2; i++)
        {
            var answer = await _http.PostNotificationAsync($$"""{"channel":"{{_kept}}","data":1}""");
            Assert.False(IsReplayed(answer));
            Assert.Equal(i, (await answer.ReadAsync()).GetProperty("results")[0].GetProperty("offset").GetInt32());
        }
    }

    [Fact]
    public async Task Any_printable_characters_are_a_key()
    {
        var body = $$"""{"channel":"{{_kept}}","data":1}""";
        foreach (var key in new[] { "x", "\"quoted\", a b", "!#$%&'()*+-./:;<=>?@[]^_`{|}~\\", new string('k', 255) })
        {
            Assert.False(IsReplayed(await _http.PostNotificationAsync(body, key)), key);
            Assert.True(IsReplayed(await _http.PostNotificationAsync(body, key)), key);
        }
    }

    private static bool IsReplayed(HttpResponseMessage answer) =>
        answer.StatusCode == HttpStatusCode.OK && answer.Headers.TryGetValues("Idempotency-Replayed", out var values) && values.Single() == "true";

    private async Task<JsonElement> PostAsync(string body) => await (await _http.PostNotificationAsync(body)).ReadAsync();
}
