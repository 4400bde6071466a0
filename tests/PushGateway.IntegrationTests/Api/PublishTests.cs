using System.Text.Json;

namespace PushGateway.IntegrationTests.Api;

/// <summary>What is published arrives, and the answer says where it went.</summary>
public sealed class PublishTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private readonly HttpClient _http = shared.Node.Http;

    [Fact]
    public async Task A_channel_gets_the_notification()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:one");

        var answer = await (await _http.PostNotificationAsync("""{"channel":"news:one","data":{"title":"x"}}""")).ReadAsync();

        Assert.Equal("""{"results":[{"channel":"news:one"}]}""", answer.GetRawText());
        var (channel, data, publication) = await client.NextAsync();
        Assert.Equal(("news:one", """{"title":"x"}"""), (channel, data));
        Assert.Equal("data", Assert.Single(publication.EnumerateObject()).Name);
    }

    [Fact]
    public async Task Several_channels_get_it_and_results_stand_in_the_order_asked()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:c", "orders:a", "plain");

        var answer = await (await _http.PostNotificationAsync("""{"channels":["plain","news:c","news:nobody","orders:a"],"data":1}""")).ReadAsync();

        Assert.Equal(["plain", "news:c", "news:nobody", "orders:a"], Channels(answer));
        var got = new HashSet<string> { (await client.NextAsync()).Channel, (await client.NextAsync()).Channel, (await client.NextAsync()).Channel };
        Assert.Equal(["news:c", "orders:a", "plain"], got.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_channel_named_twice_gets_it_once_and_has_two_results()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:twice");

        var answer = await (await _http.PostNotificationAsync("""{"channels":["news:twice","news:other","news:twice"],"data":1}""")).ReadAsync();
        await _http.PostNotificationAsync("""{"channel":"news:twice","data":2}""");

        Assert.Equal(["news:twice", "news:other", "news:twice"], Channels(answer));
        Assert.Equal("1", (await client.NextAsync()).Data);
        Assert.Equal("2", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task A_user_gets_it_on_all_their_connections_without_asking()
    {
        await using var phone = await Subscriber.ConnectAsync(As("42"));
        await using var laptop = await Subscriber.ConnectAsync(As("42"));
        await using var other = await Subscriber.ConnectAsync(As("43"));

        var answer = await (await _http.PostNotificationAsync("""{"user":"42","data":"for 42"}""")).ReadAsync();
        var both = await (await _http.PostNotificationAsync("""{"users":["43","42"],"data":"for both"}""")).ReadAsync();

        Assert.Equal("#42", Assert.Single(phone.Connected.GetProperty("subs").EnumerateObject()).Name);
        Assert.Equal(["#42"], Channels(answer));
        Assert.Equal(["#43", "#42"], Channels(both));
        foreach (var device in new[] { phone, laptop })
        {
            Assert.Equal("\"for 42\"", (await device.NextAsync()).Data);
            Assert.Equal("\"for both\"", (await device.NextAsync()).Data);
        }

        Assert.Equal("\"for both\"", (await other.NextAsync()).Data);
    }

    [Fact]
    public async Task A_users_own_channel_can_be_named_as_a_channel()
    {
        await using var client = await Subscriber.ConnectAsync(As("7"));
        await (await _http.PostNotificationAsync("""{"channel":"#7","data":7}""")).ReadAsync();
        Assert.Equal(("#7", "7"), ((await client.NextAsync()) is var (channel, data, _) ? (channel, data) : default));
    }

    [Fact]
    public async Task Notifications_of_one_sender_stay_in_order()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:order");
        for (var i = 0; i < 200; i++)
            await (await _http.PostNotificationAsync($$"""{"channel":"news:order","data":{{i}}}""")).ReadAsync();
        for (var i = 0; i < 200; i++)
            Assert.Equal($"{i}", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Tags_arrive_beside_the_payload()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:tags");

        await (await _http.PostNotificationAsync("""{"tags":{"kind":"é\n\u0041","empty":"","🎈":"<b>"},"channel":"news:tags","data":1}""")).ReadAsync();
        await (await _http.PostNotificationAsync("""{"tags":{},"channel":"news:tags","data":2}""")).ReadAsync();

        var tags = (await client.NextAsync()).Publication.GetProperty("tags");
        Assert.Equal("é\nA", tags.GetProperty("kind").GetString());
        Assert.Equal("", tags.GetProperty("empty").GetString());
        Assert.Equal("<b>", tags.GetProperty("🎈").GetString());
        Assert.False((await client.NextAsync()).Publication.TryGetProperty("tags", out _));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("0")]
    [InlineData("-0.0")]
    [InlineData("1e400")]
    [InlineData("1E+2")]
    [InlineData("0.10000000000000000000000000000000000001")]
    [InlineData("123456789012345678901234567890123456789012345678901234567890")]
    [InlineData("\"\"")]
    [InlineData("\"\\u0041\\/\\\\\\\"\\b\\f\\n\\r\\t\"")]
    [InlineData("\"Grüße, 世界 🎈 \u2028\u2029\u007f\ufeff\"")]
    [InlineData("\"\\u0000\\ud83c\\udf88\"")]
    [InlineData("\"</script><!-- & ' + `\"")]
    [InlineData("\"\\ud800 is half a character, and clients get it as it was posted\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[ 1 ,\t2 ]")]
    [InlineData("""{"b":1,"a":2,"b":3,"":{"nested":[null,[],{}]}}""")]
    [InlineData("""{ "data" : { "channel" : "not this one" } , "push" : { } }""")]
    public async Task Data_arrives_byte_for_byte(string data)
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:bytes");
        await (await _http.PostNotificationAsync($$"""{"channel":"news:bytes","data":{{data}}}""")).ReadAsync();
        Assert.Equal(data, (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Data_may_stand_first_and_have_space_around_it()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:first");
        await (await _http.PostNotificationAsync(" { \"data\" :\t 1.50 \r\n , \"channel\" : \"news:first\" } \n")).ReadAsync();
        Assert.Equal("1.50", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Line_breaks_between_tokens_are_taken_out_and_all_other_space_stays()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:lines");
        await (await _http.PostNotificationAsync("{\"channel\":\"news:lines\",\"data\":{\r\n  \"a\": [\n\t1,\r 2\n],\n  \"b\": \"x\\ny\"\n}}")).ReadAsync();
        Assert.Equal("{  \"a\": [\t1, 2],  \"b\": \"x\\ny\"}", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Data_may_have_64_KiB()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:large");
        var data = $"\"{new string('x', 65536 - 2)}\"";
        await (await _http.PostNotificationAsync($$"""{"channel":"news:large","data":{{data}}}""")).ReadAsync();
        Assert.Equal(data, (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Data_may_be_nested_64_deep()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:deep");
        var data = Nested(64);
        await (await _http.PostNotificationAsync($$"""{"channel":"news:deep","data":{{data}}}""")).ReadAsync();
        Assert.Equal(data, (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task A_thousand_targets_are_allowed()
    {
        var channels = JsonSerializer.Serialize(Enumerable.Range(0, 1000).Select(i => $"news:{i}"));
        var users = JsonSerializer.Serialize(Enumerable.Range(0, 1000).Select(i => $"{i}"));
        var toChannels = await (await _http.PostNotificationAsync($$"""{"channels":{{channels}},"data":1}""")).ReadAsync();
        var toUsers = await (await _http.PostNotificationAsync($$"""{"users":{{users}},"data":1}""")).ReadAsync();
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"news:{i}"), Channels(toChannels));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"#{i}"), Channels(toUsers));
    }

    [Theory]
    [InlineData("news:!#$%&'()+,-./:;=@^_|~")]
    [InlineData("a")]
    [InlineData("room#42,43")]
    public async Task Names_may_hold_all_that_is_allowed(string channel)
    {
        var legal = channel.Replace("!#$", "!$", StringComparison.Ordinal);
        var answer = await (await _http.PostNotificationAsync($$"""{"channel":"{{legal}}","data":1}""")).ReadAsync();
        Assert.Equal([legal], Channels(answer));
    }

    [Fact]
    public async Task A_name_may_have_255_bytes()
    {
        var name = "news:" + new string('x', 250);
        Assert.Equal([name], Channels(await (await _http.PostNotificationAsync($$"""{"channel":"{{name}}","data":1}""")).ReadAsync()));
    }

    [Fact]
    public async Task A_null_counts_as_absent_except_for_data() =>
        await (await _http.PostNotificationAsync("""{"channel":null,"channels":null,"user":"42","users":null,"tags":null,"data":null}""")).ReadAsync();

    internal static string Nested(int levels) => new string('[', levels) + new string(']', levels);

    private static IEnumerable<string?> Channels(JsonElement answer) =>
        answer.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("channel").GetString());

    private Uri As(string user) => new($"{shared.Node.WebSocket}?user={user}");
}
