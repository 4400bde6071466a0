using System.Net;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Acting on the connections of users over HTTP, on a node that stands alone.</summary>
public sealed class UserConnectionsTests : IAsyncLifetime
{
    private readonly GatewayNode _node = GatewayNode.Start(
        ("PushGateway:Connections:MaxSubscriptions", "3"), ("PushGateway:Namespaces:kept:HistorySize", "10"), ("PushGateway:Namespaces:kept:Presence", "true"));

    private HttpClient Http => _node.Http;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("", 3503, "force disconnect")]
    [InlineData("?code=3503&reason=", 3503, "")]
    [InlineData("?code=3011", 3011, "force reconnect")]
    [InlineData("?code=4000", 4000, "")]
    [InlineData("?code=4999&reason=%E6%BC%A2%20a%2Bb+c", 4999, "漢 a+b c")]
    public async Task A_user_is_disconnected_with_the_code_and_the_reason_asked_for(string query, int code, string reason)
    {
        await using var one = await RawClient.ConnectAsync(_node, "42");
        await using var two = await RawClient.ConnectAsync(_node, "42");
        await using var other = await RawClient.ConnectAsync(_node, "4");

        Assert.Equal("""{"connections":2}""", await Http.RemoveAsync($"/v1/users/42/connections{query}").TextAsync());

        foreach (var client in new[] { one, two })
        {
            var close = await client.Socket.ReadFrameAsync();
            Assert.Equal((code, reason), (close.CloseCode, close.CloseReason));
        }

        await other.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
        Assert.Equal("""{"connections":0}""", await Http.RemoveAsync($"/v1/users/42/connections{query}").TextAsync());
    }

    [Fact]
    public async Task One_connection_of_a_user_is_disconnected()
    {
        await using var one = await RawClient.ConnectAsync(_node, "42");
        await using var two = await RawClient.ConnectAsync(_node, "42");
        Assert.Equal("""{"connections":1}""", await Http.RemoveAsync($"/v1/users/42/connections?client={two.Id}").TextAsync());
        await two.ExpectCloseAsync(3503);
        await one.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
        Assert.Equal("""{"connections":0}""", await Http.RemoveAsync($"/v1/users/43/connections?client={one.Id}").TextAsync());
    }

    [Fact]
    public async Task Users_whose_ids_have_signs_of_addresses_in_them_are_reached()
    {
        foreach (var user in new[] { "a/b", "a%2Fb", "#1", "x:y" })
        {
            await using var client = await RawClient.ConnectAsync(_node, Uri.EscapeDataString(user));
            Assert.Equal("""{"connections":1}""", await Http.PostJsonAsync($"/v1/users/{Uri.EscapeDataString(user)}/subscriptions", """{"channel":"a/b"}""").TextAsync());
            Assert.Equal("""{"push":{"channel":"a/b","subscribe":{}}}""", await client.ReadAsync());
            Assert.Equal("""{"subscriptions":1}""", await Http.RemoveAsync($"/v1/channels/a%2Fb/subscribers/{Uri.EscapeDataString(user)}").TextAsync());
            Assert.Equal("""{"push":{"channel":"a/b","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}""", await client.ReadAsync());
            Assert.Equal("""{"connections":1}""", await Http.RemoveAsync($"/v1/users/{Uri.EscapeDataString(user)}/connections").TextAsync());
            await client.ExpectCloseAsync(3503);
        }
    }

    [Fact]
    public async Task A_user_is_unsubscribed_and_stays_connected()
    {
        await using var one = await RawClient.ConnectAsync(_node, "42", "news:a", "news:b");
        await using var other = await RawClient.ConnectAsync(_node, "43", "news:a");

        Assert.Equal("""{"subscriptions":1}""", await Http.RemoveAsync("/v1/channels/news:a/subscribers/42").TextAsync());
        Assert.Equal("""{"push":{"channel":"news:a","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}""", await one.ReadAsync());

        await (await Http.PostNotificationAsync("""{"channels":["news:a","news:b"],"data":1}""")).ReadAsync();
        Assert.Equal("""{"push":{"channel":"news:b","pub":{"data":1}}}""", await one.ReadAsync());
        Assert.Equal("""{"push":{"channel":"news:a","pub":{"data":1}}}""", await other.ReadAsync());
        Assert.Equal("""{"subscriptions":0}""", await Http.RemoveAsync("/v1/channels/news:a/subscribers/42").TextAsync());
        await one.SubscribeAsync("news:a"); // Whether it may come back is for the permissions to say.
    }

    [Fact]
    public async Task A_user_is_subscribed_recovered_and_known_by_what_was_said_of_it()
    {
        var first = await (await Http.PostNotificationAsync("""{"channel":"kept:a","data":1}""")).ReadAsync();
        await (await Http.PostNotificationAsync("""{"channel":"kept:a","data":2}""")).ReadAsync();
        var epoch = first.GetProperty("results")[0].GetProperty("epoch").GetString();
        await using var client = await RawClient.ConnectAsync(_node, "42");
        await using var late = await RawClient.ConnectAsync(_node, "42");

        var order = $$$"""{"channel":"kept:a","info":{ "role":"guest" },"recover":{"offset":1,"epoch":"{{{epoch}}}"},"client":"{{{client.Id}}}"}""";
        Assert.Equal("""{"connections":1}""", await Http.PostJsonAsync("/v1/users/42/subscriptions", order).TextAsync());
        Assert.Equal($$$$"""{"push":{"channel":"kept:a","subscribe":{"recoverable":true,"epoch":"{{{{epoch}}}}","offset":1,"positioned":true}}}""", await client.ReadAsync());
        Assert.Equal("""{"push":{"channel":"kept:a","pub":{"data":2,"offset":2}}}""", await client.ReadAsync());

        var members = (await (await Http.FetchAsync(ApiCalls.PresenceOf("kept:a"))).ReadAsync()).GetProperty("members");
        Assert.Equal("guest", Assert.Single(members.EnumerateArray()).GetProperty("channelInfo").GetProperty("role").GetString());

        Assert.Equal("""{"connections":2}""", await Http.PostJsonAsync("/v1/users/42/subscriptions", """{"channel":"kept:a","info":null,"recover":null,"client":null}""").TextAsync());
        Assert.Equal($$$$"""{"push":{"channel":"kept:a","subscribe":{"recoverable":true,"epoch":"{{{{epoch}}}}","offset":2,"positioned":true}}}""", await late.ReadAsync());
        await (await Http.PostNotificationAsync("""{"channel":"kept:a","data":3}""")).ReadAsync();
        Assert.Equal("""{"push":{"channel":"kept:a","pub":{"data":3,"offset":3}}}""", await client.ReadAsync());
        Assert.Equal("""{"push":{"channel":"kept:a","pub":{"data":3,"offset":3}}}""", await late.ReadAsync());

        Assert.Equal("""{"subscriptions":2}""", await Http.RemoveAsync("/v1/channels/kept:a/subscribers/42").TextAsync());
        Assert.Empty((await (await Http.FetchAsync(ApiCalls.PresenceOf("kept:a"))).ReadAsync()).GetProperty("members").EnumerateArray());
    }

    [Fact]
    public async Task A_connection_that_is_full_is_told_apart()
    {
        await using var full = await RawClient.ConnectAsync(_node, "42", "news:a", "news:b");
        await using var free = await RawClient.ConnectAsync(_node, "42");
        Assert.Equal("""{"connections":1,"limitExceeded":1}""", await Http.PostJsonAsync("/v1/users/42/subscriptions", """{"channel":"news:c"}""").TextAsync());
        Assert.Equal("""{"push":{"channel":"news:c","subscribe":{}}}""", await free.ReadAsync());
        await full.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }

    public static TheoryData<string, string, string, string> Bad => new()
    {
        { "/v1/users/no%20user/connections", "", "user", "may hold" },
        { "/v1/users/a,b/connections", "", "user", "no comma" },
        { "/v1/users/42/connections?code=3000", "", "code", "must be 3503, 3011 or a number from 4000 to 4999" },
        { "/v1/users/42/connections?code=5000", "", "code", "must be" },
        { "/v1/users/42/connections?code=", "", "code", "must be" },
        { "/v1/users/42/connections?code=x", "", "code", "must be" },
        { "/v1/users/42/connections?code=4000.0", "", "code", "must be" },
        { "/v1/users/42/connections?code=99999999999", "", "code", "must be" },
        { "/v1/users/42/connections?code=4000&code=4001", "", "code", "must be sent once" },
        { $"/v1/users/42/connections?reason={new string('x', 124)}", "", "reason", "at most 123 bytes" },
        { "/v1/users/42/connections?reason=a%0Ab", "", "reason", "without control characters" },
        { "/v1/users/42/connections?client=", "", "client", "must be the id of a connection" },
        { "/v1/users/42/connections?client=42", "", "client", "must be the id of a connection" },
        { "/v1/users/42/connections?clinet=6f1c0d4e-2b7a-4c53-9a51-0d6b7e8f9a10", "", "clinet", "is not a parameter" },
        { "/v1/users/42/connections?Client=6f1c0d4e-2b7a-4c53-9a51-0d6b7e8f9a10", "", "Client", "is not a parameter" },
        { "/v1/channels/%2342/subscribers/42", "", "channel", "use DELETE /v1/users/42/connections" },
        { "/v1/channels/%2343/subscribers/42", "", "channel", "is a user's own" },
        { "/v1/channels/nowhere:a/subscribers/42", "", "channel", "which is not configured" },
        { "/v1/channels/no%20name/subscribers/42", "", "channel", "may hold" },
        { "/v1/channels/news:a/subscribers/a,b", "", "user", "no comma" },
        { "/v1/channels/news:a/subscribers/42?client=x", "", "client", "must be the id of a connection" },
        { "/v1/channels/news:a/subscribers/42?code=2000", "", "code", "is not a parameter" },
        { "/v1/users/a,b/subscriptions", """{"channel":"news:a"}""", "user", "no comma" },
        { "/v1/users/42/subscriptions", "{}", "channel", "is missing" },
        { "/v1/users/42/subscriptions", """{"channel":""}""", "channel", "must not be empty" },
        { "/v1/users/42/subscriptions", """{"channel":7}""", "channel", "has the wrong type" },
        { "/v1/users/42/subscriptions", """{"channel":"nowhere:a"}""", "channel", "which is not configured" },
        { "/v1/users/42/subscriptions", """{"channel":"#42"}""", "channel", "is a user's own" },
        { "/v1/users/42/subscriptions", """{"channel":"room#41,43"}""", "channel", "is for other users" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","user":"42"}""", "user", "is not a field" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","channel":"news:b"}""", "channel", "stands there twice" },
        { "/v1/users/42/subscriptions", $$"""{"channel":"news:a","info":"{{new string('x', 4095)}}"}""", "info", "has more than 4096 bytes" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","recover":{"offset":1}}""", "recover.epoch", "is missing" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","recover":{"epoch":"e"}}""", "recover.offset", "is missing" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","recover":{"offset":-1,"epoch":"e"}}""", "recover.offset", "has the wrong type" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","recover":{"offset":9007199254740992,"epoch":"e"}}""", "recover.offset", "must be a number" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","recover":{"offset":1,"epoch":""}}""", "recover.epoch", "must be" },
        { "/v1/users/42/subscriptions", """{"channel":"news:a","client":"c"}""", "client", "must be the id of a connection" },
        { "/v1/users/42/subscriptions", "[]", "", "must be a JSON object" },
        { "/v1/users/42/subscriptions", "null", "", "must be a JSON object" },
        { "/v1/users/42/subscriptions", "{", "", "not well-formed" },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public async Task What_is_wrong_is_refused_by_name_and_nothing_is_done(string path, string body, string field, string why)
    {
        await using var client = await RawClient.ConnectAsync(_node, "42", "news:x");
        var answer = body.Length > 0 ? Http.PostJsonAsync(path, body) : Http.RemoveAsync(path);
        var problem = await (await answer).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }

    [Fact]
    public async Task However_subscribing_and_ending_meet_client_and_node_agree()
    {
        const string channel = "news:met";
        await using var client = await RawClient.ConnectAsync(_node, "42");
        var isSubscribed = false;
        for (var round = 1; round <= 200; round++)
        {
            await client.SendAsync($$$"""{"id":{{{2 * round}}},"subscribe":{"channel":"{{{channel}}}"}}""");
            await Task.WhenAll(
                Http.RemoveAsync($"/v1/channels/{channel}/subscribers/42"),
                Http.PostJsonAsync("/v1/users/42/subscriptions", $$"""{"channel":"{{channel}}"}"""),
                Http.RemoveAsync($"/v1/channels/{channel}/subscribers/42"));

            // What the client was told, up to the answer that comes behind all of it.
            await client.SendAsync($$$"""{"id":{{{(2 * round) + 1}}},"ping":{}}""");
            for (var line = ""; line != $$$"""{"id":{{{(2 * round) + 1}}},"ping":{}}"""; line = await client.ReadAsync())
                if (line.Contains("\"subscribe\":", StringComparison.Ordinal))
                    isSubscribed = true;
                else if (line.Contains("\"unsubscribe\":", StringComparison.Ordinal))
                    isSubscribed = false;
            var list = await (await Http.FetchAsync($"/v1/channels?pattern={channel}")).ReadAsync();
            var subscribers = list.GetProperty("channels").EnumerateArray().Sum(entry => entry.GetProperty("subscribers").GetInt32());
            Assert.True(isSubscribed == (subscribers == 1), $"In round {round} the client was told {isSubscribed}, and there were {subscribers} subscribers.");
        }
    }

    [Fact]
    public async Task Anonymous_clients_are_out_of_reach()
    {
        await using var client = await RawClient.ConnectAsync(_node, null, "news:a");
        Assert.Equal(HttpStatusCode.NotFound, (await Http.RemoveAsync("/v1/users//connections")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Http.RemoveAsync("/v1/channels/news:a/subscribers/")).StatusCode);
        await client.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }
}
