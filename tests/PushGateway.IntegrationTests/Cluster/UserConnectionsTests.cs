using System.Diagnostics;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>Acting on the connections of a user that are on several nodes.</summary>
public sealed class UserConnectionsTests(RedisServer redis)
{
    private const string Ended = """{"push":{"channel":"chat:lobby","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}""";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task An_order_reaches_the_connections_on_every_node_whichever_is_asked()
    {
        await using var one = StartNode();
        await using var two = StartNode();
        RawClient[] mine = [await RawClient.ConnectAsync(one, "42"), await RawClient.ConnectAsync(one, "42"), await RawClient.ConnectAsync(two, "42")];
        RawClient[] others = [await RawClient.ConnectAsync(one, "43", "chat:lobby"), await RawClient.ConnectAsync(two, "43", "chat:lobby"), await RawClient.ConnectAsync(two)];

        Assert.Equal("""{"connections":3}""", await one.Http.PostJsonAsync("/v1/users/42/subscriptions", """{"channel":"chat:lobby"}""").TextAsync());
        foreach (var client in mine)
            Assert.Equal("""{"push":{"channel":"chat:lobby","subscribe":{}}}""", await client.ReadAsync());
        await two.Http.PostNotificationAsync("""{"channel":"chat:lobby","data":1}""");
        foreach (var client in mine.Concat(others.Take(2)))
            Assert.Equal("""{"push":{"channel":"chat:lobby","pub":{"data":1}}}""", await client.ReadAsync());
        Assert.Equal("""{"channels":[{"channel":"chat:lobby","subscribers":5}]}""", await two.Http.FetchAsync("/v1/channels?pattern=chat:*").TextAsync());

        Assert.Equal("""{"subscriptions":3}""", await two.Http.RemoveAsync("/v1/channels/chat:lobby/subscribers/42").TextAsync());
        foreach (var client in mine)
            Assert.Equal(Ended, await client.ReadAsync());
        Assert.Equal("""{"channels":[{"channel":"chat:lobby","subscribers":2}]}""", await one.Http.FetchAsync("/v1/channels?pattern=chat:*").TextAsync());

        Assert.Equal("""{"connections":1}""", await one.Http.RemoveAsync($"/v1/users/42/connections?client={mine[2].Id}&code=4500&reason=moved").TextAsync());
        await mine[2].ExpectCloseAsync(4500);
        Assert.Equal("""{"connections":2}""", await two.Http.RemoveAsync("/v1/users/42/connections").TextAsync());
        await mine[0].ExpectCloseAsync(3503);
        await mine[1].ExpectCloseAsync(3503);
        Assert.Equal("""{"connections":0}""", await two.Http.RemoveAsync("/v1/users/42/connections").TextAsync());

        foreach (var client in others)
            await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
        foreach (var client in mine.Concat(others))
            await client.DisposeAsync();
    }

    [Fact]
    public async Task The_numbers_of_nodes_and_channels_are_those_of_all_nodes()
    {
        await using var one = StartNode();
        await using var two = StartNode();
        await using var first = await RawClient.ConnectAsync(one, "42", "chat:a", "chat:b");
        await using var second = await RawClient.ConnectAsync(two, "42", "chat:a");
        await using var third = await RawClient.ConnectAsync(two, null, "chat:a");
        foreach (var node in new[] { one, two })
        {
            Assert.Equal(
                """{"channels":[{"channel":"#42","subscribers":2},{"channel":"chat:a","subscribers":3},{"channel":"chat:b","subscribers":1}]}""",
                await node.Http.FetchAsync("/v1/channels").TextAsync());
            var nodes = (await (await node.Http.FetchAsync("/v1/nodes")).ReadAsync()).GetProperty("nodes").EnumerateArray().Select(entry => entry.GetProperty("id").GetString());
            Assert.Equal(new[] { first.Node, second.Node }.Order(StringComparer.Ordinal), nodes);
        }

        // Of others a node knows what they said with their last beat.
        await Contracts.Patience.UntilAsync(async () =>
            (await (await one.Http.FetchAsync("/v1/nodes")).ReadAsync()).GetProperty("nodes").EnumerateArray().Sum(entry => entry.GetProperty("connections").GetInt32()) == 3);
    }

    [Fact]
    public async Task A_node_that_stands_still_is_named_and_does_its_part_when_it_goes_on()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var one = await StartProcessAsync(limit.Token);
        await using var two = await StartProcessAsync(limit.Token);
        await using var here = await RawClient.ConnectAsync(AddressOf(one));
        await using var there = await RawClient.ConnectAsync(AddressOf(two));

        await two.PauseAsync(limit.Token);
        try
        {
            var watch = Stopwatch.StartNew();
            Assert.Equal($$"""{"connections":1,"silentNodes":["{{there.Node}}"]}""", await one.Http.RemoveAsync("/v1/users/42/connections").TextAsync());
            await here.Socket.ExpectCloseFrameAsync(3503); // Not answered in time perhaps: it came long before the order was answered.

            // A bound and no measurement: without one the request would wait for as long as the node stands still.
            Assert.True(watch.Elapsed < Patience / 4, $"It took {watch.Elapsed}.");
        }
        finally
        {
            await two.ResumeAsync(limit.Token);
        }

        await there.ExpectCloseAsync(3503);
    }

    [Fact]
    public async Task The_official_client_stays_away_comes_back_and_follows_what_the_server_subscribes_it_to()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var one = StartNode(("PushGateway:Namespaces:chat:HistorySize", "10"));
        await using var two = StartNode(("PushGateway:Namespaces:chat:HistorySize", "10"));
        await using var client = OfficialClient.Start([RawClient.AddressFor(two, "42").ToString()], ["news:own"]);
        Assert.Equal("#42", (await client.NextAsync("server-subscribed", limit.Token)).GetProperty("channel").GetString());
        await client.SubscribedAsync(1, limit.Token);

        await one.Http.PostNotificationAsync("""{"channel":"chat:lobby","data":"before"}""");
        var epoch = (await one.Http.FetchHistoryAsync("chat:lobby")).GetProperty("epoch").GetString();
        var order = $$$"""{"channel":"chat:lobby","recover":{"offset":0,"epoch":"{{{epoch}}}"}}""";
        Assert.Equal("""{"connections":1}""", await one.Http.PostJsonAsync("/v1/users/42/subscriptions", order).TextAsync());
        var subscribed = await client.NextAsync("server-subscribed", limit.Token);
        Assert.Equal(("chat:lobby", epoch), (subscribed.GetProperty("channel").GetString(), subscribed.GetProperty("position").GetProperty("epoch").GetString()));
        Assert.Equal("before", (await client.NextAsync("publication", limit.Token)).GetProperty("data").GetString());
        await one.Http.PostNotificationAsync("""{"channel":"chat:lobby","data":"after"}""");
        Assert.Equal("after", (await client.NextAsync("publication", limit.Token)).GetProperty("data").GetString());

        Assert.Equal("""{"subscriptions":1}""", await one.Http.RemoveAsync("/v1/channels/chat:lobby/subscribers/42").TextAsync());
        Assert.Equal("chat:lobby", (await client.NextAsync("server-unsubscribed", limit.Token)).GetProperty("channel").GetString());
        Assert.Equal("""{"subscriptions":1}""", await one.Http.RemoveAsync("/v1/channels/news:own/subscribers/42").TextAsync());
        var ended = await client.NextAsync(limit.Token);
        Assert.Equal(("unsubscribed", "news:own", 2000), (OfficialClient.Name(ended), ended.GetProperty("channel").GetString(), ended.GetProperty("code").GetInt32()));

        await one.Http.PostJsonAsync("/v1/users/42/subscriptions", """{"channel":"chat:lobby"}""");
        await client.NextAsync("server-subscribed", limit.Token);
        Assert.Equal("""{"connections":1}""", await one.Http.RemoveAsync("/v1/users/42/connections?code=3011").TextAsync());
        Assert.Equal(3011, (await client.NextAsync("connecting", limit.Token)).GetProperty("code").GetInt32());
        await client.NextAsync("connected", limit.Token);
        Assert.Equal("chat:lobby", (await client.NextAsync("server-unsubscribed", limit.Token)).GetProperty("channel").GetString()); // It lasted as long as the connection.

        Assert.Equal("""{"connections":1}""", await one.Http.RemoveAsync("/v1/users/42/connections?reason=banned").TextAsync());
        var away = await client.NextAsync("disconnected", limit.Token);
        Assert.Equal((3503, "banned"), (away.GetProperty("code").GetInt32(), away.GetProperty("reason").GetString()));
    }

    private GatewayNode StartNode(params (string, string)[] settings) => GatewayNode.Start([.. Settings(), .. settings]);

    // In Development, where a client is who it says it is.
    private Task<NodeProcess> StartProcessAsync(CancellationToken cancellationToken) =>
        NodeProcess.StartAsync(redis.ConnectionString, cancellationToken, [.. Settings(), ("ASPNETCORE_ENVIRONMENT", "Development")]);

    private (string, string)[] Settings() =>
        [("PushGateway:Redis:Connection", redis.ConnectionString), ("PushGateway:Redis:Prefix", _prefix), ("PushGateway:Redis:ReplyTimeout", "00:00:05"), ("PushGateway:Redis:LeaseDuration", "00:01:00")];

    private static Uri AddressOf(NodeProcess node) => new($"{node.WebSocket}?user=42");
}
