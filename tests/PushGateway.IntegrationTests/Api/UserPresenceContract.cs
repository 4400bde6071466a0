using System.Globalization;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Who is online as back ends see it, on any broker.</summary>
public abstract class UserPresenceContract(PresenceNode shared)
{
    private readonly GatewayNode _node = shared.Node;

    /// <summary>A user that no other test uses.</summary>
    private readonly string _user = $"u{Guid.NewGuid():N}";

    [Fact]
    public async Task A_user_that_never_was_is_offline() => Assert.Equal(Offline(_user), (await FetchAsync()).GetRawText());

    [Fact]
    public async Task A_user_is_online_from_the_first_connection_to_the_last()
    {
        var first = await RawClient.ConnectAsync(_node, _user);
        var since = await ExpectOnlineAsync(connections: 1);
        var second = await RawClient.ConnectAsync(_node, _user);
        Assert.Equal(since, await ExpectOnlineAsync(connections: 2));

        await first.DisposeAsync();
        await Eventually.EqualAsync(1, async () => (await FetchAsync()).GetProperty("connections").GetInt32());
        Assert.Equal(since, await ExpectOnlineAsync(connections: 1));

        await second.DisposeAsync();
        var lastSeen = await ExpectOfflineAsync();
        Assert.True(lastSeen >= since);

        await using var third = await RawClient.ConnectAsync(_node, _user);
        Assert.True(await ExpectOnlineAsync(connections: 1) >= lastSeen);
        Assert.InRange(since, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(5));
    }

    [Fact]
    public async Task Users_are_answered_in_the_order_asked_each_as_often_as_asked()
    {
        await using var online = await RawClient.ConnectAsync(_node, _user + "a");
        string[] users = [_user + "c", _user + "a", _user + "b", _user + "a"];

        var answers = await QueryAsync(users);

        Assert.Equal(users, answers.Select(answer => answer.GetProperty("user").GetString()));
        Assert.Equal([false, true, false, true], answers.Select(answer => answer.GetProperty("online").GetBoolean()));
        Assert.Equal((await FetchAsync("a")).GetRawText(), answers[1].GetRawText());
        Assert.Equal(answers[1].GetRawText(), answers[3].GetRawText());
        Assert.Equal(Offline(_user + "b"), answers[2].GetRawText());
    }

    [Fact]
    public async Task A_thousand_users_are_answered_at_once()
    {
        await using var online = await RawClient.ConnectAsync(_node, _user + "500");
        var users = Enumerable.Range(0, 1000).Select(i => $"{_user}{i}").ToArray();

        var answers = await QueryAsync(users);

        Assert.Equal(users, answers.Select(answer => answer.GetProperty("user").GetString()));
        Assert.Equal(500, Assert.Single(answers.Index(), answer => answer.Item.GetProperty("online").GetBoolean()).Index);
    }

    [Fact]
    public async Task Anonymous_clients_are_no_user()
    {
        await using var nobody = await RawClient.ConnectAsync(_node, null, "room:lobby");
        Assert.Equal(Offline("anonymous"), Assert.Single(await QueryAsync("anonymous")).GetRawText());
    }

    private static string Offline(string user) => $$"""{"user":"{{user}}","online":false,"connections":0}""";

    private async Task<JsonElement> FetchAsync(string suffix = "") => await (await _node.Http.FetchAsync($"/v1/users/{_user}{suffix}/presence")).ReadAsync();

    private async Task<JsonElement[]> QueryAsync(params string[] users)
    {
        var answer = await (await _node.Http.PostJsonAsync("/v1/presence/query", JsonSerializer.Serialize(new { users }))).ReadAsync();
        Assert.Equal("users", Assert.Single(answer.EnumerateObject()).Name);
        return [.. answer.GetProperty("users").EnumerateArray()];
    }

    private async Task<DateTimeOffset> ExpectOnlineAsync(int connections)
    {
        var answer = await FetchAsync();
        Assert.Equal(["user", "online", "connections", "since"], answer.EnumerateObject().Select(field => field.Name));
        Assert.Equal((_user, true, connections), (answer.GetProperty("user").GetString(), answer.GetProperty("online").GetBoolean(), answer.GetProperty("connections").GetInt32()));
        return TimeOf(answer.GetProperty("since"));
    }

    private async Task<DateTimeOffset> ExpectOfflineAsync()
    {
        await Eventually.EqualAsync(false, async () => (await FetchAsync()).GetProperty("online").GetBoolean());
        var answer = await FetchAsync();
        Assert.Equal(["user", "online", "connections", "lastSeen"], answer.EnumerateObject().Select(field => field.Name));
        Assert.Equal((_user, 0), (answer.GetProperty("user").GetString(), answer.GetProperty("connections").GetInt32()));
        return TimeOf(answer.GetProperty("lastSeen"));
    }

    private static DateTimeOffset TimeOf(JsonElement time) =>
        DateTimeOffset.ParseExact(time.GetString()!, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
