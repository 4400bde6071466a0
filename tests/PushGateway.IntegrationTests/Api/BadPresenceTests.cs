using System.Net;
using System.Net.Http.Headers;
using System.Text;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Questions for presence that cannot be answered, and what is said of them.</summary>
public sealed class BadPresenceTests(PresenceNode shared) : IClassFixture<PresenceNode>
{
    private const string Query = "/v1/presence/query";

    private readonly HttpClient _http = shared.Node.Http;

    [Theory]
    [InlineData("with%20space")]
    [InlineData("room:*")]
    [InlineData("%C3%A9")]
    [InlineData("room:a%0D%0Ab")]
    [InlineData("nowhere:a")]
    [InlineData("%23")]
    [InlineData("%231,2")]
    public async Task A_name_that_is_none_is_refused(string segment)
    {
        foreach (var path in new[] { "presence", "presence/stats" })
        {
            var problem = await (await _http.FetchAsync($"/v1/channels/{segment}/{path}")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
            Assert.Equal("channel", problem.Field());
        }
    }

    [Theory]
    [InlineData("with%20space")]
    [InlineData("1,2")]
    [InlineData("%C3%A9")]
    [InlineData("%3Cb%3E")]
    public async Task A_user_that_is_none_is_refused(string segment) =>
        Assert.Equal("user", (await (await _http.FetchAsync($"/v1/users/{segment}/presence")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());

    [Fact]
    public async Task A_user_can_be_too_long()
    {
        var problem = await (await _http.FetchAsync($"/v1/users/{new string('x', 255)}/presence")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("user is longer than 254 bytes.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=41")]
    [InlineData("limit=-1")]
    [InlineData("limit=ten")]
    public async Task A_limit_out_of_range_is_refused(string query)
    {
        var problem = await (await _http.FetchAsync(ApiCalls.PresenceOf("room:a", $"?{query}"))).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("limit must be a number from 1 to 40.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("lobby", "Set PushGateway:Channels:Presence.")]
    [InlineData("news:a", "Set PushGateway:Namespaces:news:Presence.")]
    [InlineData("told:a", "Set PushGateway:Namespaces:told:Presence.")]
    public async Task Where_the_settings_do_not_keep_who_is_there_it_is_said_what_to_set(string channel, string what)
    {
        foreach (var path in new[] { ApiCalls.PresenceOf(channel), ApiCalls.PresenceOf(channel, "/stats") })
            Assert.Equal(what, (await (await _http.FetchAsync(path)).ReadProblemAsync(HttpStatusCode.Conflict, "presence-not-kept")).GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Where_user_presence_is_off_it_is_said_what_to_set()
    {
        await using var node = GatewayNode.Start(("PushGateway:UserPresence:Enabled", "false"));
        foreach (var answer in new[] { await node.Http.FetchAsync("/v1/users/42/presence"), await node.Http.PostJsonAsync(Query, """{"users":["42"]}""") })
            Assert.Equal("Set PushGateway:UserPresence:Enabled.", (await answer.ReadProblemAsync(HttpStatusCode.Conflict, "presence-not-kept")).GetProperty("detail").GetString());

        var problem = await (await node.Http.FetchAsync(ApiCalls.PresenceOf("#42"))).ReadProblemAsync(HttpStatusCode.Conflict, "presence-not-kept");
        Assert.Equal("Set PushGateway:UserPresence:Enabled or PushGateway:UserChannels:Presence.", problem.GetProperty("detail").GetString());
        Assert.Equal("user", (await (await node.Http.FetchAsync("/v1/users/a%20b/presence")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());
    }

    [Fact]
    public async Task The_members_of_users_own_channels_can_be_kept_without_user_presence()
    {
        await using var node = GatewayNode.Start(("PushGateway:UserPresence:Enabled", "false"), ("PushGateway:UserChannels:Presence", "true"));
        await using var client = await RawClient.ConnectAsync(node, "42");
        var page = await (await node.Http.FetchAsync(ApiCalls.PresenceOf("#42"))).ReadAsync();
        Assert.Equal(client.Id, Assert.Single(page.GetProperty("members").EnumerateArray()).GetProperty("client").GetString());
        await (await node.Http.FetchAsync("/v1/users/42/presence")).ReadProblemAsync(HttpStatusCode.Conflict, "presence-not-kept");
    }

    [Theory]
    [InlineData("", "{")]
    [InlineData("", "[]")]
    [InlineData("users", "{}")]
    [InlineData("users", """{"users":[]}""")]
    [InlineData("users[1]", """{"users":["42","a b"]}""")]
    [InlineData("channel", """{"users":["42"],"channel":"a"}""")]
    public async Task The_field_at_fault_of_a_query_is_named(string field, string body) =>
        Assert.Equal(field, (await (await _http.PostJsonAsync(Query, body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());

    [Fact]
    public async Task More_than_1000_users_are_refused()
    {
        var body = $$"""{"users":[{{string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"{i}\""))}}]}""";
        var problem = await (await _http.PostJsonAsync(Query, body)).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("users names 1001, and 1000 is the most.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_query_that_is_not_UTF8_is_refused()
    {
        using var body = new ByteArrayContent([.. "{\"users\":[\""u8, 0xFF, .. "\"]}"u8]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var answer = await _http.PostAsync(new Uri(Query, UriKind.Relative), body, TestContext.Current.CancellationToken);
        Assert.Equal("", (await answer.ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request")).Field());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_query_that_is_not_announced_as_JSON_is_refused(string? contentType)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"users":["42"]}"""));
        if (contentType is not null)
            body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        var answer = await _http.PostAsync(new Uri(Query, UriKind.Relative), body, TestContext.Current.CancellationToken);
        await answer.ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
    }

    [Fact]
    public async Task A_query_over_the_limit_of_bodies_is_too_large()
    {
        var answer = await _http.PostJsonAsync(Query, $$"""{"users":["{{new string('x', 1024 * 1024)}}"]}""");
        Assert.Equal("body", (await answer.ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large")).Field());
    }
}
