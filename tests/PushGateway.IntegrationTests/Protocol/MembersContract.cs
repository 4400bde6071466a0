using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Protocol;

/// <summary>What clients are told of each other, on the wire and whatever the broker.</summary>
public abstract class MembersContract : IAsyncDisposable
{
    private readonly string _room = $"room:{Guid.NewGuid():N}";

    protected MembersContract(params (string Key, string Value)[] settings) => Node = GatewayNode.Start(
    [
        ("PushGateway:Namespaces:room:Presence", "true"),
        ("PushGateway:Namespaces:room:JoinLeave", "true"),
        ("PushGateway:Namespaces:stage:Presence", "true"),
        ("PushGateway:Namespaces:stage:ForceJoinLeave", "true"),
        ("PushGateway:Namespaces:cafe:JoinLeave", "true"),
        ("PushGateway:Namespaces:cafe:LeaveDelay", "00:00:03"),
        ("PushGateway:Namespaces:online:HistorySize", "1"),
        ("PushGateway:Namespaces:online:RecoveryMode", "Cache"),
        ("PushGateway:UserPresence:ChangesNamespace", "online"),
        .. settings,
    ]);

    protected GatewayNode Node { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everybody_sees_everybody_with_what_is_known_of_them()
    {
        await using var ann = await RawClient.ConnectAsync(AddressOf("ann", """{"name":"Ann"}"""), _room);
        await using var bob = await RawClient.ConnectAsync(Node, "bob", _room);
        await using var nobody = await RawClient.ConnectAsync(Node, null, _room);
        foreach (var client in (RawClient[])[ann, bob, nobody])
        {
            await client.SendAsync($$$"""{"id":70,"presence":{"channel":"{{{_room}}}"}}""");
            var members = JsonElement.Parse(await client.ReadAsync()).GetProperty("presence").GetProperty("presence");
            Assert.Equal(3, members.EnumerateObject().Count());
            Assert.Equal($$$"""{"user":"ann","client":"{{{ann.Id}}}","conn_info":{"name":"Ann"}}""", members.GetProperty(ann.Id).GetRawText());
            Assert.Equal($$$"""{"user":"bob","client":"{{{bob.Id}}}"}""", members.GetProperty(bob.Id).GetRawText());
            Assert.Equal($$$"""{"user":"","client":"{{{nobody.Id}}}"}""", members.GetProperty(nobody.Id).GetRawText());
            await client.ExchangeAsync($$$"""{"id":71,"presence_stats":{"channel":"{{{_room}}}"}}""", """{"id":71,"presence_stats":{"num_clients":3,"num_users":3}}""");
        }
    }

    [Theory]
    [InlineData("unsubscribe")]
    [InlineData("close")]
    [InlineData("vanish")]
    public async Task However_a_client_goes_it_joined_once_and_leaves_once(string how)
    {
        await using var watcher = await JoinAsync(_room, "watcher");
        await ExpectAsync(watcher, _room, "join", "watcher", watcher.Id);
        await using var guest = await RawClient.ConnectAsync(Node, "guest", _room);
        await ExpectAsync(watcher, _room, "join", "guest", guest.Id);
        if (how == "unsubscribe")
            await guest.ExchangeAsync($$$"""{"id":70,"unsubscribe":{"channel":"{{{_room}}}"}}""", """{"id":70,"unsubscribe":{}}""");
        else if (how == "close")
            await guest.Socket.LeaveAsync();
        else
            await guest.DisposeAsync();
        await ExpectAsync(watcher, _room, "leave", "guest", guest.Id);

        await watcher.ExchangeAsync($$$"""{"id":72,"presence_stats":{"channel":"{{{_room}}}"}}""", """{"id":72,"presence_stats":{"num_clients":1,"num_users":1}}""");
    }

    [Fact]
    public async Task Where_it_is_forced_everybody_is_told_and_elsewhere_only_who_asks()
    {
        var stage = $"stage:{Guid.NewGuid():N}";
        await using var watcher = await RawClient.ConnectAsync(Node, "watcher");
        await watcher.SendAsync($$$"""{"id":70,"subscribe":{"channel":"{{{stage}}}"}}""");
        await watcher.ReadAsync();
        await ExpectAsync(watcher, stage, "join", "watcher", watcher.Id);

        await using var silent = await RawClient.ConnectAsync(Node, "silent", _room);
        await using var guest = await RawClient.ConnectAsync(Node, "guest", _room);
        await silent.ExchangeAsync("""{"id":70,"ping":{}}""", """{"id":70,"ping":{}}""");
    }

    [Fact]
    public async Task A_quick_return_is_not_told_and_a_leaving_for_good_is_after_its_delay()
    {
        var cafe = $"cafe:{Guid.NewGuid():N}";
        await using var watcher = await JoinAsync(cafe, "watcher");
        await ExpectAsync(watcher, cafe, "join", "watcher", watcher.Id);
        var first = await RawClient.ConnectAsync(Node, "guest", cafe);
        await ExpectAsync(watcher, cafe, "join", "guest", first.Id);
        await first.DisposeAsync();
        await Eventually.EqualAsync(1, () => Node.Services.GetRequiredService<ConnectionRegistry>().Count);
        var second = await RawClient.ConnectAsync(Node, "guest", cafe);
        await second.DisposeAsync();
        await ExpectAsync(watcher, cafe, "leave", "guest", second.Id);
    }

    [Fact]
    public async Task Who_watches_a_user_is_told_how_it_stands_and_when_that_changes()
    {
        var user = $"u-{Guid.NewGuid():N}";
        await using var watcher = await RawClient.ConnectAsync(Node);
        await watcher.SendAsync($$$"""{"id":70,"subscribe":{"channel":"online:{{{user}}}"}}""");
        await watcher.ReadAsync();
        var first = await RawClient.ConnectAsync(Node, user);
        Assert.True(await NextAsync(true));
        var second = await RawClient.ConnectAsync(Node, user);
        await first.DisposeAsync();
        await second.DisposeAsync();
        Assert.False(await NextAsync(false));

        await using var late = await RawClient.ConnectAsync(Node);
        await late.SendAsync($$$"""{"id":70,"subscribe":{"channel":"online:{{{user}}}"}}""");
        var known = JsonElement.Parse(await late.ReadAsync()).GetProperty("subscribe").GetProperty("publications")[0].GetProperty("data");
        Assert.False(known.GetProperty("online").GetBoolean());
        Assert.True(known.TryGetProperty("lastSeen", out _));

        async Task<bool> NextAsync(bool online)
        {
            var data = JsonElement.Parse(await watcher.ReadAsync()).GetProperty("push").GetProperty("pub").GetProperty("data");
            Assert.Equal(user, data.GetProperty("user").GetString());
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", data.GetProperty(online ? "since" : "lastSeen").GetString()!);
            return data.GetProperty("online").GetBoolean();
        }
    }

    [Fact]
    public async Task The_official_client_sees_who_is_there_and_who_comes_and_goes()
    {
        await using var guest = await RawClient.ConnectAsync(AddressOf("guest", """{"name":"Gus"}"""), _room);
        await using var official = OfficialClient.StartWithMembers(RawClient.AddressFor(Node, "watcher").ToString(), _room);
        var present = await official.NextAsync("present", Cancellation);
        Assert.Equal("Gus", present.GetProperty("clients").GetProperty(guest.Id).GetProperty("connInfo").GetProperty("name").GetString());
        Assert.Equal(2, present.GetProperty("numClients").GetInt32());
        Assert.Equal(2, present.GetProperty("numUsers").GetInt32());

        await guest.DisposeAsync();
        Assert.Equal(guest.Id, (await official.NextAsync("leave", Cancellation)).GetProperty("info").GetProperty("client").GetString());
        await using var next = await RawClient.ConnectAsync(Node, "next", _room);
        Assert.Equal("next", (await official.NextAsync("join", Cancellation)).GetProperty("info").GetProperty("user").GetString());
    }

    [Fact]
    public async Task A_crowd_that_comes_and_goes_at_once_leaves_a_list_that_is_right()
    {
        await using var watcher = await JoinAsync(_room, "watcher");
        var there = new HashSet<string>();
        var clients = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => RawClient.ConnectAsync(Node, $"u{i}", _room)));
        await Task.WhenAll(clients.Where((_, i) => i % 2 == 0).Select(client => client.DisposeAsync().AsTask()));
        var expected = clients.Where((_, i) => i % 2 != 0).Select(client => client.Id).Append(watcher.Id).ToHashSet();
        var left = 0;
        while (left < 20 || there.Count < expected.Count)
        {
            var push = JsonElement.Parse(await watcher.ReadAsync()).GetProperty("push");
            if (push.TryGetProperty("join", out var join))
                Assert.True(there.Add(join.GetProperty("info").GetProperty("client").GetString()!), "It joined twice.");
            else
                Assert.True(there.Remove(push.GetProperty("leave").GetProperty("info").GetProperty("client").GetString()!), "It left without having joined.");
            left += push.TryGetProperty("leave", out _) ? 1 : 0;
        }

        Assert.Equal(expected, there);
        await watcher.SendAsync($$$"""{"id":70,"presence":{"channel":"{{{_room}}}"}}""");
        var members = JsonElement.Parse(await watcher.ReadAsync()).GetProperty("presence").GetProperty("presence");
        Assert.Equal(expected, members.EnumerateObject().Select(member => member.Name).ToHashSet());
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private Uri AddressOf(string user, string info) => new(Node.WebSocket, $"?user={user}&info={Uri.EscapeDataString(info)}");

    private async Task<RawClient> JoinAsync(string channel, string user)
    {
        var client = await RawClient.ConnectAsync(Node, user);
        await client.ExchangeAsync($$$"""{"id":70,"subscribe":{"channel":"{{{channel}}}","join_leave":true}}""", """{"id":70,"subscribe":{}}""");
        return client;
    }

    private static async Task ExpectAsync(RawClient client, string channel, string change, string user, string id) =>
        Assert.Equal($$$"""{"push":{"channel":"{{{channel}}}","{{{change}}}":{"info":{"user":"{{{user}}}","client":"{{{id}}}"}""" + "}}}", await client.ReadAsync());
}
