using System.Net;
using System.Text;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Who may do what, for each kind of channel and each kind of client, as seen from outside: over WebSocket with tokens, and by the API.</summary>
public sealed class PermissionTests(PermissionTests.Production shared) : IClassFixture<PermissionTests.Production>
{
    private const int InvalidToken = 3500;
    private const string Key = "a-key-of-the-permission-tests";

    // The columns: the channel; the user; whether a subscription token for both is brought; what publish, presence and history say to one who is not subscribed; what subscribe says; and what
    // those say then. 0 is yes, others are error codes.
    [Theory]
    [InlineData("open:x", "", false, "0 0 0", 0, "0 0 0")]
    [InlineData("open:x", "42", false, "0 0 0", 0, "0 0 0")]
    [InlineData("open:x", "42", true, "0 0 0", 0, "0 0 0")]
    [InlineData("users:x", "", false, "103 103 103", 103, "")]
    [InlineData("users:x", "", true, "103 103 103", 0, "103 103 103")]
    [InlineData("users:x", "42", false, "0 0 0", 0, "0 0 0")]
    [InlineData("mine:x", "", false, "103 103 103", 103, "")]
    [InlineData("mine:x", "42", false, "103 103 103", 0, "0 0 0")]
    [InlineData("usual:x", "42", false, "103 103 103", 0, "103 0 0")]
    [InlineData("usual:x", "", true, "103 103 103", 0, "103 0 0")]
    [InlineData("tokens:x", "42", false, "103 103 103", 103, "")]
    [InlineData("tokens:x", "42", true, "103 103 103", 0, "0 0 0")]
    [InlineData("tokens:x", "", true, "103 103 103", 0, "0 0 0")]
    [InlineData("half:x", "42", false, "103 103 103", 0, "103 103 103")] // Subscribed, but not by a token.
    [InlineData("half:x", "42", true, "103 103 103", 0, "0 0 0")]
    [InlineData("shut:x", "", false, "103 103 103", 103, "")]
    [InlineData("shut:x", "42", false, "103 103 103", 103, "")]
    [InlineData("shut:x", "42", true, "103 103 103", 103, "")]
    [InlineData("secret:x", "42", false, "103 103 103", 103, "")]
    [InlineData("secret:x", "42", true, "103 103 103", 0, "0 0 0")]
    [InlineData("secret:x", "", true, "103 103 103", 0, "0 0 0")]
    [InlineData("open:$x", "42", false, "103 103 103", 103, "")]
    [InlineData("open:$x", "42", true, "103 103 103", 0, "0 0 0")]
    [InlineData("$open:x", "", false, "103 103 103", 103, "")]
    [InlineData("$open:x", "", true, "103 103 103", 0, "0 0 0")]
    [InlineData("$x", "42", false, "103 103 103", 103, "")]
    [InlineData("$x", "42", true, "103 103 103", 0, "0 0 0")]
    [InlineData("shut:$x", "42", true, "103 103 103", 103, "")]
    [InlineData("x", "", false, "0 0 0", 0, "0 0 0")]
    [InlineData("open:x#42", "42", false, "0 0 0", 0, "0 0 0")]
    [InlineData("open:x#41,42", "42", false, "0 0 0", 0, "0 0 0")]
    [InlineData("open:x#43", "42", false, "103 103 103", 103, "")]
    [InlineData("open:x#43", "42", true, "103 103 103", 103, "")]
    [InlineData("open:x#43", "", true, "103 103 103", 103, "")]
    [InlineData("open:$x#42", "42", false, "103 103 103", 103, "")]
    [InlineData("open:$x#42", "42", true, "103 103 103", 0, "0 0 0")]
    [InlineData("#42", "42", false, "103 0 0", 105, "")]
    [InlineData("#42", "43", false, "103 103 103", 103, "")]
    [InlineData("#42", "", false, "103 103 103", 103, "")]
    [InlineData("nowhere:x", "42", false, "102 102 102", 102, "")]
    [InlineData("nowhere:x", "42", true, "102 102 102", 102, "")]
    [InlineData("nowhere:x#42", "42", false, "102 102 102", 102, "")]
    [InlineData("open", "42", false, "0 0 0", 0, "0 0 0")] // A name like a namespace is none.
    public async Task Each_client_may_what_the_channel_allows_it_and_no_more(string channel, string user, bool bringsToken, string before, int subscribe, string after)
    {
        await using var client = await RawClient.OpenAsync(shared.Node);
        await client.SendAsync($$$"""{"id":1,"connect":{"token":"{{{TestToken.For(user)}}}"}}""");
        Assert.Equal(0, await CodeAsync(client));

        Assert.Equal(before, await OperationsAsync(client, channel));
        var token = bringsToken ? $",\"token\":\"{TestToken.ForChannel(user, channel)}\"" : "";
        await client.SendAsync($$$"""{"id":2,"subscribe":{"channel":"{{{channel}}}"{{{token}}}}}""");
        Assert.Equal(subscribe, await CodeAsync(client));
        if (subscribe == 0)
            Assert.Equal(after, await OperationsAsync(client, channel));
    }

    [Theory]
    [InlineData("open:x")]
    [InlineData("secret:x")]
    [InlineData("shut:x")]
    [InlineData("$x")]
    public async Task The_token_of_another_user_ends_the_connection_wherever_it_is_brought(string channel)
    {
        foreach (var other in (string[])["43", ""])
        {
            await using var client = await RawClient.OpenAsync(shared.Node);
            await client.SendAsync($$$"""{"id":1,"connect":{"token":"{{{TestToken.For("42")}}}"}}""");
            Assert.Equal(0, await CodeAsync(client));
            await client.ExpectCloseAsync($$$"""{"id":2,"subscribe":{"channel":"{{{channel}}}","token":"{{{TestToken.ForChannel(other, channel)}}}"}}""", InvalidToken);
        }
    }

    [Theory]
    [InlineData("open:x", HttpStatusCode.OK)]
    [InlineData("users:x", HttpStatusCode.OK)]
    [InlineData("mine:x", HttpStatusCode.OK)]
    [InlineData("tokens:x", HttpStatusCode.OK)]
    [InlineData("shut:x", HttpStatusCode.OK)]
    [InlineData("secret:x", HttpStatusCode.OK)]
    [InlineData("open:$x", HttpStatusCode.OK)]
    [InlineData("open:x#43", HttpStatusCode.OK)]
    [InlineData("#42", HttpStatusCode.OK)]
    [InlineData("nowhere:x", HttpStatusCode.BadRequest)]
    public async Task A_back_end_may_with_its_key_what_no_client_may_and_without_it_nothing(string channel, HttpStatusCode expected)
    {
        var path = Uri.EscapeDataString(channel);
        (HttpMethod Method, string Path, string? Body)[] requests =
        [
            (HttpMethod.Post, "/v1/notifications", $$"""{"channel":"{{channel}}","data":1}"""),
            (HttpMethod.Get, $"/v1/channels/{path}/history", null),
            (HttpMethod.Get, $"/v1/channels/{path}/presence", null),
        ];
        foreach (var (method, address, body) in requests)
        {
            // A user's own channel tells who is online, by its own address.
            Assert.Equal(expected, await AskAsync(method, address, body, Key));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(method, address, body, null));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(method, address, body, "a-key-that-nobody-knows"));
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(method, address, body, TestToken.For("42"))); // What clients have opens nothing here.
        }
    }

    private async Task<HttpStatusCode> AskAsync(HttpMethod method, string address, string? body, string? key)
    {
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (key is not null)
            request.Headers.Add("X-API-Key", key);
        using var answer = await shared.Node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task<string> OperationsAsync(RawClient client, string channel)
    {
        List<int> codes = [];
        foreach (var command in (string[])
            [$$""" "publish":{"channel":"{{channel}}","data":1} """, $$""" "presence":{"channel":"{{channel}}"} """, $$""" "history":{"channel":"{{channel}}","limit":1} """])
        {
            await client.SendAsync($$"""{"id":9,{{command}}}""");
            codes.Add(await CodeAsync(client));
        }

        return string.Join(' ', codes);
    }

    // Publications come between.
    private static async Task<int> CodeAsync(RawClient client)
    {
        while (true)
            if (JsonElement.Parse(await client.ReadAsync()) is var reply && reply.TryGetProperty("id", out _))
                return reply.TryGetProperty("error", out var error) ? error.GetProperty("code").GetInt32() : 0;
    }

    public sealed class Production : IAsyncDisposable
    {
        public GatewayNode Node { get; } = GatewayNode.StartIn(
            "Production",
            [
                TestToken.Setting, ("PushGateway:Security:ApiKeys:0", Key), ("PushGateway:UserChannels:Presence", "true"),
                .. Rules("Channels", "Anonymous"),
                .. Rules("Namespaces:open", "Anonymous"),
                .. Rules("Namespaces:users", "Authenticated"),
                .. Rules("Namespaces:mine", "Authenticated", "Subscribers"),
                .. Rules("Namespaces:tokens", "Token"),
                .. Rules("Namespaces:half", "Authenticated", "Token"),
                .. Rules("Namespaces:shut", "Nobody"),
                .. Rules("Namespaces:secret", "Authenticated", "Subscribers"), ("PushGateway:Namespaces:secret:Private", "true"),
                ("PushGateway:Namespaces:usual:Presence", "true"), ("PushGateway:Namespaces:usual:Subscribe", "Authenticated"), ("PushGateway:Namespaces:usual:Publish", "Nobody"),
                ("PushGateway:Namespaces:usual:ReadPresence", "Subscribers"), ("PushGateway:Namespaces:usual:ReadHistory", "Subscribers"),
            ]);

        public ValueTask DisposeAsync() => Node.DisposeAsync();

        private static IEnumerable<(string, string)> Rules(string where, string subscribe, string? other = null) =>
        [
            ($"PushGateway:{where}:Subscribe", subscribe),
            ($"PushGateway:{where}:Publish", other ?? subscribe),
            ($"PushGateway:{where}:ReadPresence", other ?? subscribe),
            ($"PushGateway:{where}:ReadHistory", other ?? subscribe),
            ($"PushGateway:{where}:Presence", "true"),
            ($"PushGateway:{where}:HistorySize", "3"),
        ];
    }
}
