using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Every channel and every user has an address, and no address leads to another one.</summary>
public sealed class PresenceAddressTests(PresenceNode shared) : IClassFixture<PresenceNode>
{
    private const string Punctuation = "!#$%&'()+-./:;=@^_|~";

    private readonly GatewayNode _node = shared.Node;

    [Fact]
    public async Task Each_channel_has_its_own_members()
    {
        string[] alike =
        [
            "room:a/b", "room:a%2Fb", "room:a%252Fb", "room:a%", "room:/", "room:..", "room:a/../b", "room:a/presence", "room:presence/stats", "room:a#42", "room:x/y#42,43",
            .. Punctuation.Where(character => character != '#').Select(character => $"room:a{character}b"),
        ];
        string[] names = [.. alike.Distinct()];
        await using var client = await RawClient.ConnectAsync(_node, "42", names);
        foreach (var name in names)
        {
            await using var another = await RawClient.ConnectAsync(_node, "42", name);
            var page = await (await _node.Http.FetchAsync(ApiCalls.PresenceOf(name))).ReadAsync();
            Assert.Equal(name, page.GetProperty("channel").GetString());
            Assert.Contains(another.Id, page.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("client").GetString()));
            var stats = await (await _node.Http.FetchAsync(ApiCalls.PresenceOf(name, "/stats"))).ReadAsync();
            Assert.Equal((name, 2), (stats.GetProperty("channel").GetString(), stats.GetProperty("clients").GetInt32()));
            await another.ExchangeAsync($$$"""{"id":70,"unsubscribe":{"channel":"{{{name}}}"}}""", """{"id":70,"unsubscribe":{}}""");
        }
    }

    [Fact]
    public async Task Each_user_is_found_by_the_own_id()
    {
        string[] users =
        [
            "a/b", "a%2Fb", "a%252Fb", "%", "%25", "/", "//", "a/", "/a", "#", "##", "presence", "a/presence", "a/../b", "...", new string('/', 254),
            .. Punctuation.Select(character => $"p{character}q"),
        ];
        var clients = new List<RawClient>();
        foreach (var (i, user) in users.Index())
        {
            Assert.False((await FetchUserAsync(user)).GetProperty("online").GetBoolean(), user);
            clients.Add(await RawClient.ConnectAsync(_node, Uri.EscapeDataString(user)));
            var answer = await FetchUserAsync(user);
            Assert.Equal((user, 1), (answer.GetProperty("user").GetString(), answer.GetProperty("connections").GetInt32()));
        }

        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public async Task Users_that_clients_of_HTTP_take_for_steps_can_be_asked_for_by_a_query(string user)
    {
        await using var client = await RawClient.ConnectAsync(_node, user);
        var answer = await (await _node.Http.PostJsonAsync("/v1/presence/query", JsonSerializer.Serialize(new { users = new[] { user } }))).ReadAsync();
        Assert.Equal((user, 1), (answer.GetProperty("users")[0].GetProperty("user").GetString(), answer.GetProperty("users")[0].GetProperty("connections").GetInt32()));
    }

    private async Task<JsonElement> FetchUserAsync(string user) => await (await _node.Http.FetchAsync($"/v1/users/{Uri.EscapeDataString(user)}/presence")).ReadAsync();
}
