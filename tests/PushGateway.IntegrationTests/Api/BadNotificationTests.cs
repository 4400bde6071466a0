using System.Net;
using System.Text;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Api;

/// <summary>What is wrong with a notification is said by name, and nothing of it is published.</summary>
public sealed class BadNotificationTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private readonly HttpClient _http = shared.Node.Http;

    [Theory]
    // Not JSON, or not an object.
    [InlineData("", "")]
    [InlineData(" ", "")]
    [InlineData("null", "")]
    [InlineData("[]", "")]
    [InlineData("1", "")]
    [InlineData("\"text\"", "")]
    [InlineData("{", "")]
    [InlineData("""{"channel":"a","data":1}}""", "")]
    [InlineData("""{"channel":"a","data":1} {}""", "")]
    [InlineData("""{"channel":"a","data":1,}""", "")]
    [InlineData("""{channel:"a","data":1}""", "")]
    [InlineData("""{"channel":"a",/* no */"data":1}""", "")]
    [InlineData("\ufeff{\"channel\":\"a\",\"data\":1}", "")]
    // Data that is not JSON.
    [InlineData("""{"channel":"a","data":}""", "data")]
    [InlineData("""{"channel":"a","data":tru}""", "data")]
    [InlineData("""{"channel":"a","data":01}""", "data")]
    [InlineData("""{"channel":"a","data":1.}""", "data")]
    [InlineData("""{"channel":"a","data":+1}""", "data")]
    [InlineData("""{"channel":"a","data":NaN}""", "data")]
    [InlineData("""{"channel":"a","data":'x'}""", "data")]
    [InlineData("""{"channel":"a","data":"\x41"}""", "data")]
    [InlineData("""{"channel":"a","data":"\u00g0"}""", "data")]
    [InlineData("""{"channel":"a","data":[1,]}""", "data")]
    [InlineData("{\"channel\":\"a\",\"data\":\"line\nbreak\"}", "data")]
    [InlineData("""{"channel":"a","data":{"x":1}""", "")]
    [InlineData("""{"channel":"a","data":{"x":[1}}""", "data")]
    // Data that is missing.
    [InlineData("""{"channel":"a"}""", "data")]
    // No target, or two.
    [InlineData("""{"data":1}""", "channel")]
    [InlineData("{}", "channel")]
    [InlineData("""{"channel":null,"data":1}""", "channel")]
    [InlineData("""{"channel":"a","user":"42","data":1}""", "user")]
    [InlineData("""{"channel":"a","channels":["b"],"data":1}""", "channels")]
    [InlineData("""{"user":"42","users":["43"],"data":1}""", "users")]
    [InlineData("""{"channel":"a","channels":["b"],"user":"42","users":["43"],"data":1}""", "users")]
    // Wrong types.
    [InlineData("""{"channel":1,"data":1}""", "channel")]
    [InlineData("""{"channel":true,"data":1}""", "channel")]
    [InlineData("""{"channel":["a"],"data":1}""", "channel")]
    [InlineData("""{"channel":{},"data":1}""", "channel")]
    [InlineData("""{"channels":"a","data":1}""", "channels")]
    [InlineData("""{"channels":{},"data":1}""", "channels")]
    [InlineData("""{"channels":["a",1],"data":1}""", "channels[1]")]
    [InlineData("""{"channels":["a",null],"data":1}""", "channels[1]")]
    [InlineData("""{"channels":[["a"]],"data":1}""", "channels[0]")]
    [InlineData("""{"user":42,"data":1}""", "user")]
    [InlineData("""{"user":["42"],"data":1}""", "user")]
    [InlineData("""{"users":"42","data":1}""", "users")]
    [InlineData("""{"users":[42],"data":1}""", "users[0]")]
    [InlineData("""{"users":["1",null],"data":1}""", "users[1]")]
    [InlineData("""{"channel":"a","data":1,"tags":[]}""", "tags")]
    [InlineData("""{"channel":"a","data":1,"tags":"x"}""", "tags")]
    [InlineData("""{"channel":"a","data":1,"tags":{"x":1}}""", "tags.x")]
    [InlineData("""{"channel":"a","data":1,"tags":{"x":null}}""", "tags.x")]
    [InlineData("""{"channel":"a","data":1,"tags":{"x":{}}}""", "tags.x")]
    [InlineData("""{"channel":"a","data":1,"tags":{"a b":1}}""", "tags['a b']")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":"1"}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":0}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":-1}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":0.0001}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":1e999}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":NaN}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"expiresIn":31622401}""", "expiresIn")]
    [InlineData("""{"channel":"a","data":1,"version":"1"}""", "version")]
    [InlineData("""{"channel":"a","data":1,"version":-1}""", "version")]
    [InlineData("""{"channel":"a","data":1,"version":1.5}""", "version")]
    [InlineData("""{"channel":"a","data":1,"version":9007199254740992}""", "version")]
    [InlineData("""{"channel":"a","data":1,"version":Infinity}""", "version")]
    [InlineData("""{"channel":"a","data":1,"collapseKey":1}""", "collapseKey")]
    [InlineData("""{"channel":"a","data":1,"collapseKey":""}""", "collapseKey")]
    [InlineData("""{"channel":"a","data":1,"collapseKey":"\udc00"}""", "collapseKey")]
    // Fields that do not exist, or stand there twice.
    [InlineData("""{"channel":"a","data":1,"extra":1}""", "extra")]
    [InlineData("""{"Channel":"a","data":1}""", "Channel")]
    [InlineData("""{"channel":"a","data":1,"a b.c":1}""", "a b.c")]
    [InlineData("""{"channel":"a","data":1,"":1}""", "")]
    [InlineData("""{"channel":"a","channel":"b","data":1}""", "channel")]
    [InlineData("""{"channel":"a","channe\u006c":"b","data":1}""", "channel")]
    [InlineData("""{"channel":"a","data":1,"data":2}""", "data")]
    [InlineData("""{"channel":"a","data":1,"tags":{"x":"1","x":"2"}}""", "tags.x")]
    // Lists.
    [InlineData("""{"channels":[],"data":1}""", "channels")]
    [InlineData("""{"users":[],"data":1}""", "users")]
    // Names.
    [InlineData("""{"channel":"","data":1}""", "channel")]
    [InlineData("""{"channel":"with space","data":1}""", "channel")]
    [InlineData("""{"channel":"news:*","data":1}""", "channel")]
    [InlineData("""{"channel":"é","data":1}""", "channel")]
    [InlineData("""{"channel":"a\nb","data":1}""", "channel")]
    [InlineData("""{"channel":"a\u0000","data":1}""", "channel")]
    [InlineData("""{"channel":"<b>","data":1}""", "channel")]
    [InlineData("""{"channel":"{a}","data":1}""", "channel")]
    [InlineData("""{"channel":":a","data":1}""", "channel")]
    [InlineData("""{"channel":"news:","data":1}""", "channel")]
    [InlineData("""{"channel":"ne+ws:a","data":1}""", "channel")]
    [InlineData("""{"channel":"nowhere:a","data":1}""", "channel")]
    [InlineData("""{"channel":"News:a","data":1}""", "channel")]
    [InlineData("""{"channel":"#","data":1}""", "channel")]
    [InlineData("""{"channel":"#1,2","data":1}""", "channel")]
    [InlineData("""{"channel":"room#1,","data":1}""", "channel")]
    [InlineData("""{"channels":["news:a","nowhere:b"],"data":1}""", "channels[1]")]
    [InlineData("""{"channels":["bad name"],"data":1}""", "channels[0]")]
    [InlineData("""{"user":"","data":1}""", "user")]
    [InlineData("""{"user":"1,2","data":1}""", "user")]
    [InlineData("""{"user":"a b","data":1}""", "user")]
    [InlineData("""{"users":["1",""],"data":1}""", "users[1]")]
    // Halves of characters.
    [InlineData("""{"channel":"\ud800","data":1}""", "channel")]
    [InlineData("""{"channels":["a","\udc00"],"data":1}""", "channels[1]")]
    [InlineData("""{"user":"\ud800x","data":1}""", "user")]
    [InlineData("""{"users":["\ud800"],"data":1}""", "users[0]")]
    [InlineData("""{"channel":"a","data":1,"tags":{"x":"\ud800"}}""", "tags.x")]
    [InlineData("""{"channel":"a","data":1,"tags":{"\ud800":"x"}}""", "tags")]
    [InlineData("""{"channel":"a","data":1,"\ud800":"x"}""", "")]
    // Tags.
    [InlineData("""{"channel":"a","data":1,"tags":{"":"x"}}""", "tags")]
    public async Task The_field_at_fault_is_named(string body, string field)
    {
        var problem = await (await _http.PostNotificationAsync(body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
        if (field.Length > 0)
            Assert.StartsWith(field + " ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("channels")]
    [InlineData("users")]
    public async Task A_list_of_1001_is_too_long(string field)
    {
        var list = JsonSerializer.Serialize(Enumerable.Range(0, 1001).Select(i => $"{i}"));
        var problem = await (await _http.PostNotificationAsync($$"""{"{{field}}":{{list}},"data":1}""")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
        Assert.Contains("1000", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("channel", 256)]
    [InlineData("user", 255)]
    public async Task A_name_can_be_too_long(string field, int length)
    {
        var body = $$"""{"{{field}}":"{{new string('x', length)}}","data":1}""";
        Assert.Equal(field, (await (await _http.PostNotificationAsync(body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());
    }

    [Fact]
    public async Task Seventeen_tags_are_too_many() =>
        await AssertTagsAsync(HttpStatusCode.BadRequest, Enumerable.Range(0, 17).ToDictionary(i => $"{i}", _ => ""));

    [Theory]
    [InlineData(256, 256, HttpStatusCode.OK)]
    [InlineData(257, 1, HttpStatusCode.BadRequest)]
    [InlineData(1, 257, HttpStatusCode.BadRequest)]
    public async Task Tags_are_limited_in_bytes(int key, int value, HttpStatusCode expected)
    {
        await AssertTagsAsync(expected, new() { [new('k', key)] = new('v', value) });
        await AssertTagsAsync(expected, new() { [new string('é', key / 2) + (key % 2 > 0 ? "k" : "")] = new string('é', value / 2) + (value % 2 > 0 ? "v" : "") });
    }

    [Theory]
    [InlineData(65)]
    [InlineData(66)]
    [InlineData(1000)]
    [InlineData(30_000)]
    public async Task Data_can_be_nested_too_deep(int levels)
    {
        var body = $$"""{"channel":"a","data":{{PublishTests.Nested(levels)}}}""";
        var problem = await (await _http.PostNotificationAsync(body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("data", problem.Field());
        Assert.Contains("64 deep", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":\"", new byte[] { 0xff }, "\"}")]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":\"", new byte[] { 0xc3 }, "\"}")]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":\"", new byte[] { 0xc0, 0xaf }, "\"}")]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":\"", new byte[] { 0xed, 0xa0, 0x80 }, "\"}")]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":\"", new byte[] { 0xf4, 0x90, 0x80, 0x80 }, "\"}")]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":{\"", new byte[] { 0x80 }, "\":1}}")]
    [InlineData("{\"channel\":\"news:utf8\",\"data\":1,\"tags\":{\"x\":\"", new byte[] { 0xff }, "\"}}")]
    public async Task Invalid_UTF8_is_refused_and_reaches_nobody(string before, byte[] wrong, string after)
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:utf8");

        byte[] body = [.. Encoding.UTF8.GetBytes(before), .. wrong, .. Encoding.UTF8.GetBytes(after)];
        var problem = await (await _http.PostNotificationAsync(body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        await (await _http.PostNotificationAsync("""{"channel":"news:utf8","data":"behind it"}""")).ReadAsync();

        Assert.Contains("UTF-8", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("\"behind it\"", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task One_bad_name_among_many_keeps_all_from_being_published()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "news:all-or-none");

        var problem = await (await _http.PostNotificationAsync("""{"channels":["news:all-or-none","bad name"],"data":1}"""))
            .ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        await (await _http.PostNotificationAsync("""{"channel":"news:all-or-none","data":2}""")).ReadAsync();

        Assert.Equal("channels[1]", problem.Field());
        Assert.Equal("2", (await client.NextAsync()).Data);
    }

    private async Task AssertTagsAsync(HttpStatusCode expected, Dictionary<string, string> tags)
    {
        var answer = await _http.PostNotificationAsync(JsonSerializer.Serialize(new { channel = "a", data = 1, tags }));
        if (expected == HttpStatusCode.OK)
            await answer.ReadAsync();
        else
            Assert.StartsWith("tags", (await answer.ReadProblemAsync(expected, "invalid-request")).Field(), StringComparison.Ordinal);
    }
}
