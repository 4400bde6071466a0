using System.Net;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Who is in a channel as back ends see it, on any broker.</summary>
public abstract class PresenceContract(PresenceNode shared)
{
    private readonly GatewayNode _node = shared.Node;

    /// <summary>A channel that no other test uses.</summary>
    private readonly string _room = $"room:{Guid.NewGuid():N}";

    [Fact]
    public async Task Everyone_is_listed_with_what_is_known_of_them()
    {
        const string info = """{ "b":1.50,"a":"\u0041<č>","a":[ ]}""";
        await using var ann = await RawClient.ConnectAsync(new Uri(_node.WebSocket, $"?user=ann&info={Uri.EscapeDataString(info)}"), _room);
        await using var bob = await RawClient.ConnectAsync(_node, "bob", _room);
        await using var bobAgain = await RawClient.ConnectAsync(_node, "bob", _room);
        await using var nobody = await RawClient.ConnectAsync(_node, null, _room);
        await using var elsewhere = await RawClient.ConnectAsync(_node, "carl", _room + "x");

        var page = await FetchAsync();

        Assert.Equal(["channel", "clients", "users", "members"], page.EnumerateObject().Select(field => field.Name));
        Assert.Equal((_room, 4, 3), (page.GetProperty("channel").GetString(), page.GetProperty("clients").GetInt32(), page.GetProperty("users").GetInt32()));
        Assert.Equal(
            new[]
            {
                $$"""{"user":"ann","client":"{{ann.Id}}","connectionInfo":{{info}}}""", $$"""{"user":"bob","client":"{{bob.Id}}"}""",
                $$"""{"user":"bob","client":"{{bobAgain.Id}}"}""", $$"""{"user":"","client":"{{nobody.Id}}"}""",
            }.Order(StringComparer.Ordinal),
            page.GetProperty("members").EnumerateArray().Select(member => member.GetRawText()).Order(StringComparer.Ordinal));
        Assert.Equal($$"""{"channel":"{{_room}}","clients":4,"users":3}""", (await FetchStatsAsync()).GetRawText());
    }

    [Fact]
    public async Task A_channel_with_nobody_in_it_is_empty()
    {
        Assert.Equal($$"""{"channel":"{{_room}}","clients":0,"users":0,"members":[]}""", (await FetchAsync()).GetRawText());
        Assert.Equal($$"""{"channel":"{{_room}}","clients":0,"users":0}""", (await FetchStatsAsync()).GetRawText());
    }

    [Fact]
    public async Task Who_leaves_is_gone_and_who_comes_back_is_there()
    {
        await using var stays = await RawClient.ConnectAsync(_node, "42", _room);
        await using var leaves = await RawClient.ConnectAsync(_node, "42", _room);
        var ends = await RawClient.ConnectAsync(_node, "43", _room);
        await leaves.ExchangeAsync($$$"""{"id":70,"unsubscribe":{"channel":"{{{_room}}}"}}""", """{"id":70,"unsubscribe":{}}""");
        await ends.DisposeAsync();

        await Eventually.EqualAsync($$"""{"channel":"{{_room}}","clients":1,"users":1}""", async () => (await FetchStatsAsync()).GetRawText());
        Assert.Equal([stays.Id], Clients(await FetchAsync()));

        await leaves.ExchangeAsync($$$"""{"id":71,"subscribe":{"channel":"{{{_room}}}"}}""", """{"id":71,"subscribe":{}}""");
        Assert.Equal(new[] { stays.Id, leaves.Id }.Order(StringComparer.Ordinal), Clients(await FetchAsync()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(25)]
    [InlineData(26)]
    public async Task Members_are_read_to_the_last_page_by_page(int limit)
    {
        var clients = await FillAsync(25);
        List<string> read = [];
        string? next = null;
        do
        {
            var page = await FetchAsync($"?limit={limit}{(next is null ? "" : $"&after={next}")}");
            Assert.Equal((25, 5), (page.GetProperty("clients").GetInt32(), page.GetProperty("users").GetInt32()));
            Assert.Equal(Math.Min(limit, 25 - read.Count), page.GetProperty("members").GetArrayLength());
            read.AddRange(Clients(page));
            next = page.TryGetProperty("next", out var cursor) ? cursor.GetString() : null;
        }
        while (next is not null);

        Assert.Equal(clients.Select(client => client.Id).Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
        await DisposeOfAsync(clients);
    }

    [Fact]
    public async Task A_page_has_no_more_than_the_settings_allow()
    {
        var clients = await FillAsync(PresenceNode.MaxPageSize + 1);
        var page = await FetchAsync();
        Assert.Equal(PresenceNode.MaxPageSize, Clients(page).Length);
        Assert.Single(Clients(await FetchAsync($"?after={page.GetProperty("next").GetString()}")));
        await DisposeOfAsync(clients);
    }

    [Fact]
    public async Task The_page_behind_a_member_that_left_is_the_same()
    {
        var clients = await FillAsync(6);
        var page = await FetchAsync("?limit=3");
        var cursor = page.GetProperty("next").GetString();
        var behind = Clients(await FetchAsync($"?after={cursor}"));
        Assert.Equal(3, behind.Length);

        foreach (var client in clients.Where(client => !behind.Contains(client.Id)))
            await client.DisposeAsync();
        await Eventually.EqualAsync(3, async () => (await FetchStatsAsync()).GetProperty("clients").GetInt32());

        Assert.Equal(behind, Clients(await FetchAsync($"?after={cursor}")));
        await DisposeOfAsync(clients);
        await Eventually.EqualAsync(0, async () => (await FetchStatsAsync()).GetProperty("clients").GetInt32());
        Assert.Empty(Clients(await FetchAsync($"?after={cursor}")));
    }

    [Fact]
    public async Task What_is_no_cursor_is_refused()
    {
        await using var client = await RawClient.ConnectAsync(_node, "42", _room);
        string[] cursors =
        [
            "", "0", "-", "_", "x", client.Id, _room, "null", new string('A', 31), new string('A', 33), new string('-', 8000), "%00", "%FF", "%C4%8D", "%F0%9F%98%80", "a%20b", "a+b",
            "AAAA%3D%3D", "..%2F..", "%0D%0AX", "%ED%A0%80", "(%5Bzzz",
        ];
        foreach (var cursor in cursors)
        {
            var problem = await (await _node.Http.FetchAsync(ApiCalls.PresenceOf(_room, $"?after={cursor}"))).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
            Assert.Equal((cursor, "after"), (cursor, problem.Field()));
        }
    }

    [Fact]
    public async Task Any_bytes_for_a_cursor_are_answered_with_a_page_or_refused()
    {
        const string alphabet = "0123456789abcdefABCDEFghizXYZ-_-_%.~";
        var random = new Random(4);
        await using var client = await RawClient.ConnectAsync(_node, "42", _room);
        for (var round = 0; round < 300; round++)
        {
            var cursor = string.Create(random.Next(1, 40), random, (text, from) =>
            {
                for (var i = 0; i < text.Length; i++)
                    text[i] = alphabet[from.Next(alphabet.Length)];
            });
            var answer = await _node.Http.FetchAsync(ApiCalls.PresenceOf(_room, $"?after={cursor}"));
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{cursor}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_users_own_channel_has_the_users_connections()
    {
        var user = $"u{Guid.NewGuid():N}";
        await using var first = await RawClient.ConnectAsync(_node, user);
        await using var second = await RawClient.ConnectAsync(_node, user);

        var page = await (await _node.Http.FetchAsync(ApiCalls.PresenceOf($"#{user}"))).ReadAsync();
        Assert.Equal(new[] { first.Id, second.Id }.Order(StringComparer.Ordinal), Clients(page).Order(StringComparer.Ordinal));
        Assert.Equal(
            $$"""{"channel":"#{{user}}","clients":2,"users":1}""", (await (await _node.Http.FetchAsync(ApiCalls.PresenceOf($"#{user}", "/stats"))).ReadAsync()).GetRawText());
    }

    private async Task<JsonElement> FetchAsync(string query = "") => await (await _node.Http.FetchAsync(ApiCalls.PresenceOf(_room, query))).ReadAsync();

    private async Task<JsonElement> FetchStatsAsync() => await (await _node.Http.FetchAsync(ApiCalls.PresenceOf(_room, "/stats"))).ReadAsync();

    /// <summary>Connects clients of five users.</summary>
    private Task<RawClient[]> FillAsync(int count) => Task.WhenAll(Enumerable.Range(0, count).Select(i => RawClient.ConnectAsync(_node, $"u{i % 5}", _room)));

    private static async Task DisposeOfAsync(IEnumerable<RawClient> clients)
    {
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static string[] Clients(JsonElement page) => [.. page.GetProperty("members").EnumerateArray().Select(member => member.GetProperty("client").GetString()!)];
}
