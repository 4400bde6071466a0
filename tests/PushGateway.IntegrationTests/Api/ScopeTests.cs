using System.Net;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>What each key may do: every operation of the API by every scope, and by keys that are limited to namespaces.</summary>
public sealed class ScopeTests(ScopeTests.NodeWithKeys shared) : IClassFixture<ScopeTests.NodeWithKeys>
{
    private const string Publish = "publish", Read = "read", Admin = "admin";

    // What an operation touches, when it is asked for as in the table.
    private const string Chat = "chat", NoNamespace = "#none", User = "#user", Everything = "everything";

    /// <summary>Every operation of openapi.json, some of them for several places: how it is asked, for which scope it is, and what it touches.</summary>
    private static readonly Call[] Calls =
    [
        new("POST /v1/notifications", "/v1/notifications", Publish, Chat, """{"channel":"chat:a","data":1}"""),
        new("POST /v1/notifications", "/v1/notifications", Publish, NoNamespace, """{"channels":["plain","plain#42"],"data":1}"""),
        new("POST /v1/notifications", "/v1/notifications", Publish, User, """{"users":["42","43"],"data":1}"""),
        new("POST /v1/notifications:batch", "/v1/notifications:batch", Publish, Chat, """{"channel":"chat:a","data":1}""", "application/x-ndjson"),
        new("POST /v1/notifications:batch", "/v1/notifications:batch", Publish, User, """{"user":"42","data":1}""", "application/x-ndjson"),
        new("GET /v1/channels", "/v1/channels", Read, Everything),
        new("GET /v1/channels/{channel}/history", "/v1/channels/chat:a/history", Read, Chat),
        new("GET /v1/channels/{channel}/history", "/v1/channels/%2342/history", Read, User),
        new("DELETE /v1/channels/{channel}/history", "/v1/channels/chat:a/history", Admin, Chat),
        new("DELETE /v1/channels/{channel}/history", "/v1/channels/plain/history", Admin, NoNamespace),
        new("DELETE /v1/channels/{channel}/history", "/v1/channels/%2342/history", Admin, User),
        new("GET /v1/channels/{channel}/presence", "/v1/channels/chat:a/presence", Read, Chat),
        new("GET /v1/channels/{channel}/presence", "/v1/channels/%2342/presence", Read, User),
        new("GET /v1/channels/{channel}/presence/stats", "/v1/channels/chat:a/presence/stats", Read, Chat),
        new("GET /v1/channels/{channel}/presence/stats", "/v1/channels/%2342/presence/stats", Read, User),
        new("GET /v1/users/{user}/presence", "/v1/users/42/presence", Read, User),
        new("POST /v1/presence/query", "/v1/presence/query", Read, User, """{"users":["42"]}"""),
        new("DELETE /v1/users/{user}/connections", "/v1/users/42/connections", Admin, Everything),
        new("POST /v1/users/{user}/subscriptions", "/v1/users/42/subscriptions", Admin, Chat, """{"channel":"chat:a"}"""),
        new("POST /v1/users/{user}/subscriptions", "/v1/users/42/subscriptions", Admin, NoNamespace, """{"channel":"plain"}"""),
        new("DELETE /v1/channels/{channel}/subscribers/{user}", "/v1/channels/chat:a/subscribers/42", Admin, Chat),
        new("DELETE /v1/channels/{channel}/subscribers/{user}", "/v1/channels/plain/subscribers/42", Admin, NoNamespace),
        new("POST /v1/tokens/revocations", "/v1/tokens/revocations", Admin, Everything, """{"jti":"t1"}"""),
        new("GET /v1/nodes", "/v1/nodes", Read, Everything),
    ];

    public static TheoryData<int> Places => [.. Enumerable.Range(0, Calls.Length)];

    [Fact]
    public async Task Every_operation_that_is_described_is_in_the_table_with_its_scope()
    {
        var document = await (await shared.Node.Http.FetchAsync("/openapi/v1.json")).ReadAsync();
        var described =
            from path in document.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            select $"{operation.Name.ToUpperInvariant()} {path.Name}: {operation.Value.GetProperty("x-scope").GetString()}";
        Assert.Equal(described.Order(StringComparer.Ordinal), Calls.Select(call => $"{call.Operation}: {call.Scope}").Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Without_a_key_and_with_an_unknown_one_nothing_is_done(int place)
    {
        var call = Calls[place];
        var none = await call.SendAsync(shared.Node.Http);
        await none.ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer realm=\"PushGateway\"", none.Headers.WwwAuthenticate.ToString());

        using var stranger = TestKey.New("reader", Read).ClientOf(shared.Node);
        var unknown = await call.SendAsync(stranger);
        await unknown.ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Contains("error=\"invalid_token\"", unknown.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_key_opens_what_its_scopes_name_and_nothing_else(int place)
    {
        var call = Calls[place];
        foreach (var key in shared.ByScope)
        {
            using var http = key.ClientOf(shared.Node);
            var answer = await call.SendAsync(http);
            if (key.Id == "all" || key.Id == call.Scope)
                await AssertDoneAsync(answer);
            else
            {
                var problem = await answer.ReadProblemAsync(HttpStatusCode.Forbidden, "forbidden");
                Assert.Equal($"The key '{key.Id}' has no scope '{call.Scope}'.", problem.GetProperty("detail").GetString());
                Assert.Equal($"Bearer realm=\"PushGateway\", error=\"insufficient_scope\", scope=\"{call.Scope}\"", answer.Headers.WwwAuthenticate.ToString());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task A_key_that_is_limited_to_namespaces_opens_what_is_in_them_and_nothing_else(int place)
    {
        var call = Calls[place];
        foreach (var (key, reach) in shared.ByNamespace)
        {
            using var http = key.ClientOf(shared.Node);
            var answer = await call.SendAsync(http);
            if (reach == call.Reach)
                await AssertDoneAsync(answer);
            else if (call.Type == "application/json")
                await answer.ReadProblemAsync(HttpStatusCode.Forbidden, "forbidden");
            else
                Assert.Equal("urn:pushgateway:problem:forbidden", Assert.Single(await answer.ReadLinesAsync()).GetProperty("error").GetProperty("type").GetString());
        }
    }

    [Fact]
    public async Task One_channel_outside_of_the_namespaces_refuses_the_whole_notification_and_is_named()
    {
        await using var client = await Subscriber.ConnectAsync(shared.Node.WebSocket, "chat:whole");
        using var http = shared.ByNamespace[0].Key.ClientOf(shared.Node);
        var problem = await (await http.PostNotificationAsync("""{"channels":["chat:whole","news:a"],"data":1}""")).ReadProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal("The channel 'news:a' is outside of the namespaces of the key 'chatting'.", problem.GetProperty("detail").GetString());
        await (await http.PostNotificationAsync("""{"channel":"chat:whole","data":2}""")).ReadAsync();
        Assert.Equal("2", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task A_line_outside_of_the_namespaces_does_not_stop_the_others()
    {
        using var http = shared.ByNamespace[0].Key.ClientOf(shared.Node);
        var lines = await (await http.PostBatchAsync("{\"channel\":\"chat:a\",\"data\":1}\n{\"user\":\"42\",\"data\":1}\n{\"channel\":\"chat:b\",\"data\":1}\n")).ReadLinesAsync();
        Assert.Equal([true, false, true], lines.Select(line => line.TryGetProperty("results", out _)));
    }

    [Fact]
    public async Task What_does_not_exist_is_told_to_any_key_and_another_method_too()
    {
        using var http = shared.ByScope[0].ClientOf(shared.Node);
        await (await http.FetchAsync("/v1/unknown")).ReadProblemAsync(HttpStatusCode.NotFound, "not-found");
        await (await http.RemoveAsync("/v1/nodes")).ReadProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
    }

    private static async Task AssertDoneAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode && !text.Contains("\"error\"", StringComparison.Ordinal), $"{(int)answer.StatusCode}: {text}");
    }

    private sealed record Call(string Operation, string Path, string Scope, string Reach, string? Body = null, string Type = "application/json")
    {
        public async Task<HttpResponseMessage> SendAsync(HttpClient http)
        {
            using var request = new HttpRequestMessage(new HttpMethod(Operation.Split(' ')[0]), new Uri(Path, UriKind.Relative));
            if (Body is not null)
                request.Content = new StringContent(Body, new System.Net.Http.Headers.MediaTypeHeaderValue(Type));
            return await http.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }

    public sealed class NodeWithKeys : IAsyncDisposable
    {
        public NodeWithKeys() => Node = GatewayNode.Start(
        [
            ("PushGateway:Namespaces:chat:Presence", "true"),
            ("PushGateway:Namespaces:chat:HistorySize", "10"),
            .. ByScope.SelectMany(key => key.Settings),
            .. ByNamespace.SelectMany(key => key.Key.Settings),
        ]);

        public GatewayNode Node { get; }

        internal TestKey[] ByScope { get; } = [TestKey.New(Publish, Publish), TestKey.New(Read, Read), TestKey.New(Admin, Admin), TestKey.New("all", "publish read admin")];

        internal (TestKey Key, string Reach)[] ByNamespace { get; } =
        [
            (TestKey.New("chatting", "publish read admin", "ch*"), Chat),
            (TestKey.New("plain", "publish read admin", NoNamespace), NoNamespace),
            (TestKey.New("users", "publish read admin", User), User),
            (TestKey.New("other", "publish read admin", "news orders-*"), "nothing that is asked for"),
        ];

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }
}
