using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using PushGateway.Api;
using PushGateway.Api.Batch;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Notifications;
using PushGateway.Presence;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Holds the OpenAPI document and the code together.</summary>
public sealed partial class OpenApiTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>, IAsyncLifetime
{
    private const string Presence = "/v1/channels/{channel}/presence", PresenceStats = Presence + "/stats", UserPresence = "/v1/users/{user}/presence", PresenceQuery = "/v1/presence/query", Revocations = "/v1/tokens/revocations";

    private const string Connections = "/v1/users/{user}/connections", Subscriptions = "/v1/users/{user}/subscriptions", Subscriber = "/v1/channels/{channel}/subscribers/{user}";

    private const string History = "/v1/channels/{channel}/history", Removal = "DELETE " + History;

    private readonly HttpClient _http = shared.Node.Http;
    private JsonElement _document;
    private SchemaCheck _schemas = null!;

    public async ValueTask InitializeAsync()
    {
        _document = await (await _http.FetchAsync("/openapi/v1.json")).ReadAsync();
        _schemas = new SchemaCheck(_document);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public void It_is_valid_OpenAPI_3_1()
    {
        var (document, diagnostic) = OpenApiDocument.Parse(_document.GetRawText(), OpenApiConstants.Json);
        Assert.NotNull(document);
        Assert.NotNull(diagnostic);
        Assert.Empty(diagnostic.Errors);
        Assert.Empty(diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, diagnostic.SpecificationVersion);
        Assert.Equal(13, document.Paths.Count);
    }

    [Fact]
    public async Task It_describes_what_is_served_and_nothing_else()
    {
        var served = shared.Node.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => endpoint.RoutePattern.RawText!).Where(path => path.StartsWith("/v1/", StringComparison.Ordinal) && !path.Contains("{*", StringComparison.Ordinal));
        Assert.Equal(served.Order(StringComparer.Ordinal), Operations().Select(operation => operation.Path).Distinct().Order(StringComparer.Ordinal));

        foreach (var (path, method, _) in Operations())
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(AddressOf(path), UriKind.Relative));
            var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.DoesNotContain(answer.StatusCode, new[] { HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed });
        }
    }

    [Fact]
    public void It_lists_the_types_of_problems()
    {
        var listed = ListedType().Matches(Schema("Problem").GetProperty("properties").GetProperty("type").GetProperty("description").GetString()!);
        Assert.Equal(ProblemTypes().Order(StringComparer.Ordinal), listed.Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_limits_are_the_defaults()
    {
        var defaults = new ApiOptions();
        var fields = Schema("Notification").GetProperty("properties");
        Assert.Equal(defaults.MaxTargets, fields.GetProperty("channels").GetProperty("maxItems").GetInt32());
        Assert.Equal(defaults.MaxTargets, fields.GetProperty("users").GetProperty("maxItems").GetInt32());
        Assert.Equal(defaults.MaxTags, fields.GetProperty("tags").GetProperty("maxProperties").GetInt32());
        Assert.Equal(defaults.MaxTagBytes, fields.GetProperty("tags").GetProperty("propertyNames").GetProperty("maxLength").GetInt32());
        Assert.Equal(defaults.MaxTagBytes, fields.GetProperty("tags").GetProperty("additionalProperties").GetProperty("maxLength").GetInt32());
        Assert.Equal(ChannelName.MaxBytes, Schema("Channel").GetProperty("maxLength").GetInt32());
        Assert.Equal(ChannelName.MaxBytes - 1, Schema("User").GetProperty("maxLength").GetInt32());
        var limit = Operation("/v1/channels").GetProperty("parameters")[2].GetProperty("schema");
        Assert.Equal(defaults.MaxPageSize, limit.GetProperty("maximum").GetInt32());
        Assert.Equal(defaults.MaxPageSize, limit.GetProperty("default").GetInt32());
        limit = Operation(History).GetProperty("parameters")[3].GetProperty("schema");
        Assert.Equal(defaults.MaxHistoryPageSize, limit.GetProperty("maximum").GetInt32());
        Assert.Equal(defaults.MaxHistoryPageSize, limit.GetProperty("default").GetInt32());
        limit = Operation(Presence).GetProperty("parameters")[1].GetProperty("schema");
        Assert.Equal(defaults.MaxPresencePageSize, limit.GetProperty("maximum").GetInt32());
        Assert.Equal(defaults.MaxPresencePageSize, limit.GetProperty("default").GetInt32());
        Assert.Equal(defaults.MaxPresenceQueryUsers, Schema("PresenceQuery").GetProperty("properties").GetProperty("users").GetProperty("maxItems").GetInt32());
        Assert.Equal(PublishOptions.MaxVersion, fields.GetProperty("version").GetProperty("maximum").GetUInt64());
        Assert.Equal(NotificationRules.LongestLifetime.TotalSeconds, fields.GetProperty("expiresIn").GetProperty("maximum").GetDouble());
        Assert.Equal(defaults.MaxTagBytes, fields.GetProperty("collapseKey").GetProperty("maxLength").GetInt32());
    }

    [Fact]
    public void Its_examples_fit_its_schemas()
    {
        var examples = Contents().SelectMany(Examples).ToArray();
        Assert.True(examples.Length > 15);
        foreach (var (schema, example) in examples)
            Assert.Empty(_schemas.Complaints(schema, example));
    }

    [Fact]
    public async Task Its_examples_of_requests_are_answered_as_its_examples_of_answers_say()
    {
        var operation = Operation("/v1/notifications");
        var requests = operation.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("examples");
        var answers = AnswerOf(operation).GetProperty("examples");
        foreach (var request in requests.EnumerateObject())
        {
            var answer = await (await _http.PostNotificationAsync(request.Value.GetProperty("value").GetRawText())).ReadAsync();
            Assert.Equal(WithoutPositions(answers.GetProperty(request.Name).GetProperty("value")), WithoutPositions(answer));
        }

        var again = await (await _http.PostNotificationAsync(requests.GetProperty("state").GetProperty("value").GetRawText())).ReadAsync();
        Assert.Equal(WithoutPositions(answers.GetProperty("superseded").GetProperty("value")), WithoutPositions(again));
    }

    [Fact]
    public async Task Its_example_of_a_partly_failed_notification_is_what_happens()
    {
        await using var node = GatewayNode.StartWith(services => services.AddSingleton<IBroker>(new BrokenBroker("orders:1001", "kept")));
        var example = AnswerOf(Operation("/v1/notifications")).GetProperty("examples").GetProperty("partly").GetProperty("value");
        var answer = await (await node.Http.PostNotificationAsync("""{"channels":["orders:1001","orders:1002"],"data":1}""")).ReadAsync();
        Assert.True(JsonElement.DeepEquals(example, answer), $"{answer}");

        var kept = await (await node.Http.PostNotificationAsync("""{"channel":"kept","data":1}""")).ReadAsync();
        Assert.Empty(_schemas.Complaints(Schema("PublishAnswer"), kept));
    }

    [Fact]
    public async Task Its_examples_of_lists_have_the_fields_of_real_ones()
    {
        await using var client = await Api.Subscriber.ConnectAsync(shared.Node.WebSocket, "news:x", "news:y");
        var channels = AnswerOf(Operation("/v1/channels"));
        await AssertAlikeAsync("/v1/channels?pattern=news:*", channels, "last");
        await AssertAlikeAsync("/v1/channels?pattern=news:*&limit=1", channels, "more");
        await AssertAlikeAsync("/v1/nodes", AnswerOf(Operation("/v1/nodes")), "one");

        await using var node = GatewayNode.StartWith(services => services.AddSingleton<ICluster>(new HalfSilentCluster()));
        await AssertAlikeAsync("/v1/channels", channels, "silent", node.Http);
    }

    [Fact]
    public async Task Its_examples_of_histories_have_the_fields_of_real_ones()
    {
        await using var node = GatewayNode.Start();
        await (await node.Http.PostNotificationAsync("""{"user":"42","data":{"title":"x"}}""")).ReadAsync();
        await (await node.Http.PostNotificationAsync("""{"user":"42","data":"x","tags":{"kind":"x"}}""")).ReadAsync();
        var content = AnswerOf(Operation(History));
        await AssertAlikeAsync(ApiCalls.HistoryOf("#42", "?limit=1"), content, "first", node.Http);
        var epoch = (await node.Http.FetchHistoryAsync("#42")).GetProperty("epoch").GetString();
        await AssertAlikeAsync(ApiCalls.HistoryOf("#42", $"?sinceOffset=1&epoch={epoch}"), content, "since", node.Http);
        await AssertAlikeAsync(ApiCalls.HistoryOf("#42", "?sinceOffset=1&epoch=another"), content, "lost", node.Http);
    }

    [Fact]
    public async Task Its_examples_of_presence_have_the_fields_of_real_ones()
    {
        await using var node = GatewayNode.StartWith(services => services.AddSingleton<IPresence>(new SmallPresence()), ("PushGateway:Namespaces:chat:Presence", "true"));
        var page = AnswerOf(Operation(Presence));
        await AssertAlikeAsync(ApiCalls.PresenceOf("chat:one"), page, "last", node.Http);
        await AssertAlikeAsync(ApiCalls.PresenceOf("chat:more"), page, "more", node.Http);
        await AssertAlikeAsync(ApiCalls.PresenceOf("chat:infos"), page, "infos", node.Http);
        await AssertAlikeAsync(ApiCalls.PresenceOf("chat:one", "/stats"), AnswerOf(Operation(PresenceStats)), "stats", node.Http);
        foreach (var example in new[] { "online", "offline", "unknown" })
            await AssertAlikeAsync($"/v1/users/{example}/presence", AnswerOf(Operation(UserPresence)), example, node.Http);

        var query = Operation(PresenceQuery);
        var request = query.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("examples").GetProperty("two").GetProperty("value");
        var answer = await (await _http.PostJsonAsync(PresenceQuery, request.GetRawText())).ReadAsync();
        Assert.Empty(_schemas.Complaints(AnswerOf(query).GetProperty("schema"), answer));
        Assert.Equal(["42", "43"], answer.GetProperty("users").EnumerateArray().Select(user => user.GetProperty("user").GetString()));
    }

    [Fact]
    public async Task Its_examples_of_orders_have_the_fields_of_real_ones()
    {
        const string connections = "/v1/users/42/connections", subscriptions = "/v1/users/42/subscriptions", subscriber = "/v1/channels/chat:lobby/subscribers/42";
        await using var node = GatewayNode.Start(("PushGateway:Connections:MaxSubscriptions", "3"));
        await using var half = GatewayNode.StartWith(services => services.AddSingleton<ICluster>(new HalfSilentCluster()));
        await using var one = await Api.Subscriber.ConnectAsync(new Uri($"{node.WebSocket}?user=42"));
        await using var other = await Api.Subscriber.ConnectAsync(new Uri($"{node.WebSocket}?user=42"), "news:x");
        var requests = Operation(Subscriptions).GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("examples");
        string plain = requests.GetProperty("plain").GetProperty("value").GetRawText(), recovering = requests.GetProperty("recovering").GetProperty("value").GetRawText();

        var answers = AnswerOf(Operation(Subscriptions));
        await AssertAlikeAsync(await node.Http.PostJsonAsync(subscriptions, plain), answers, "subscribed");
        await AssertAlikeAsync(await node.Http.PostJsonAsync(subscriptions, recovering), answers, "full");
        await AssertAlikeAsync(await half.Http.PostJsonAsync(subscriptions, plain), answers, "silent");
        await AssertAlikeAsync(await node.Http.RemoveAsync(subscriber), AnswerOf(Operation(Subscriber)), "ended");
        await AssertAlikeAsync(await half.Http.RemoveAsync(subscriber), AnswerOf(Operation(Subscriber)), "silent");

        requests = Operation(Revocations).GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("examples");
        answers = AnswerOf(Operation(Revocations));
        foreach (var request in requests.EnumerateObject())
            await AssertAlikeAsync(await node.Http.PostJsonAsync(Revocations, request.Value.GetProperty("value").GetRawText()), answers, request.Name == "before" ? "user" : request.Name);
        await AssertAlikeAsync(await half.Http.PostJsonAsync(Revocations, requests.GetProperty("before").GetProperty("value").GetRawText()), answers, "silent");
        await AssertAlikeAsync(await node.Http.RemoveAsync(connections), AnswerOf(Operation(Connections)), "closed");
        var silent = await (await half.Http.RemoveAsync(connections)).ReadAsync();
        Assert.Equal(["node-2"], silent.GetProperty("silentNodes").EnumerateArray().Select(name => name.GetString()));
        Assert.Empty(_schemas.Complaints(Schema("ConnectionsAnswer"), silent));
    }

    [Fact]
    public async Task It_names_the_headers_of_keys()
    {
        var operation = Operation("/v1/notifications");
        var key = Assert.Single(operation.GetProperty("parameters").EnumerateArray()).GetProperty("name").GetString()!;
        var replayed = operation.GetProperty("responses").GetProperty("200").GetProperty("headers").EnumerateObject().First().Name;
        Assert.Equal("Idempotency-Key", key);
        await _http.PostNotificationAsync("""{"channel":"a","data":1}""", "openapi");
        Assert.True((await _http.PostNotificationAsync("""{"channel":"a","data":1}""", "openapi")).Headers.Contains(replayed));
    }

    [Fact]
    public async Task Its_problems_are_those_that_are_answered()
    {
        await using var locked = GatewayNode.Start(("PushGateway:Security:ApiKeys:0", "a-key-0123456789"));
        var down = new BrokenBroker();
        var defective = new BrokenBroker { Failure = new InvalidOperationException("A defect, as the test wants it.") };
        await using var cut = GatewayNode.StartWith(services => services.AddSingleton<IBroker>(down).AddSingleton<ICluster>(down).AddSingleton<IPresence>(new BrokenPresence()));

        await using var failing = GatewayNode.StartWith(services => services.AddSingleton<IBroker>(defective).AddSingleton<ICluster>(defective).AddSingleton<IPresence>(new BrokenPresence { Failure = defective.Failure }));
        await using var without = GatewayNode.Start(("PushGateway:UserPresence:Enabled", "false"));

        const string publish = "/v1/notifications", good = """{"channel":"a","data":1}""", kept = "/v1/channels/%2342/history", asked = """{"users":["42"]}""";
        TestKey reader = TestKey.New("reader", "read"), publisher = TestKey.New("publisher", "publish", publishesPerSecond: 1);
        await using var keyed = GatewayNode.Start([.. reader.Settings, .. publisher.Settings]);
        using HttpClient reading = reader.ClientOf(keyed), publishing = publisher.ClientOf(keyed);
        await using var small = GatewayNode.Start(("PushGateway:Api:MaxBatchBytes", "1024"));
        await _http.PostNotificationAsync(good, "conflict");
        (string Path, HttpResponseMessage Answer)[] failures =
        [
            (publish, await _http.PostNotificationAsync("{}")),
            (publish, await locked.Http.PostNotificationAsync(good)),
            (publish, await reading.PostNotificationAsync(good)),
            (publish, await LimitedAsync(publishing, good)),
            (publish, await _http.FetchAsync(publish)),
            (publish, await _http.PostNotificationAsync($$"""{"channel":"a","data":"{{new string('x', 65535)}}"}""")),
            (publish, await _http.PostAsync(new Uri(publish, UriKind.Relative), new StringContent(good), TestContext.Current.CancellationToken)),
            (publish, await _http.PostNotificationAsync("""{"channel":"a","data":2}""", "conflict")),
            (publish, await failing.Http.PostNotificationAsync(good)),
            (publish, await cut.Http.PostNotificationAsync(good)),
            (BatchEndpoint.Route, await _http.PostBatchAsync(good, "for-all")),
            (BatchEndpoint.Route, await locked.Http.PostBatchAsync(good)),
            (BatchEndpoint.Route, await reading.PostBatchAsync(good)),
            (BatchEndpoint.Route, await _http.FetchAsync(BatchEndpoint.Route)),
            (BatchEndpoint.Route, await small.Http.PostBatchAsync(new string('\n', 1025))),
            (BatchEndpoint.Route, await _http.PostJsonAsync(BatchEndpoint.Route, good)),
            ("/v1/channels", await _http.FetchAsync("/v1/channels?limit=0")),
            ("/v1/channels", await locked.Http.FetchAsync("/v1/channels")),
            ("/v1/channels", await publishing.FetchAsync("/v1/channels")),
            ("/v1/channels", await _http.PostAsync(new Uri("/v1/channels", UriKind.Relative), null, TestContext.Current.CancellationToken)),
            ("/v1/channels", await failing.Http.FetchAsync("/v1/channels")),
            ("/v1/channels", await cut.Http.FetchAsync("/v1/channels")),
            (History, await _http.FetchAsync($"{kept}?limit=-1")),
            (History, await locked.Http.FetchAsync(kept)),
            (History, await publishing.FetchAsync(kept)),
            (History, await _http.PostAsync(new Uri(kept, UriKind.Relative), null, TestContext.Current.CancellationToken)),
            (History, await _http.FetchAsync("/v1/channels/news:a/history")),
            (History, await failing.Http.FetchAsync(kept)),
            (History, await cut.Http.FetchAsync(kept)),
            (Removal, await _http.RemoveAsync("/v1/channels/no%20name/history")),
            (Removal, await locked.Http.RemoveAsync(kept)),
            (Removal, await publishing.RemoveAsync(kept)),
            (Removal, await _http.PostAsync(new Uri(kept, UriKind.Relative), null, TestContext.Current.CancellationToken)),
            (Removal, await failing.Http.RemoveAsync(kept)),
            (Removal, await cut.Http.RemoveAsync(kept)),
            ("/v1/nodes", await locked.Http.FetchAsync("/v1/nodes")),
            ("/v1/nodes", await publishing.FetchAsync("/v1/nodes")),
            ("/v1/nodes", await _http.PostAsync(new Uri("/v1/nodes", UriKind.Relative), null, TestContext.Current.CancellationToken)),
            ("/v1/nodes", await failing.Http.FetchAsync("/v1/nodes")),
            ("/v1/nodes", await cut.Http.FetchAsync("/v1/nodes")),
            (PresenceQuery, await _http.PostJsonAsync(PresenceQuery, "{}")),
            (PresenceQuery, await locked.Http.PostJsonAsync(PresenceQuery, asked)),
            (PresenceQuery, await publishing.PostJsonAsync(PresenceQuery, asked)),
            (PresenceQuery, await _http.FetchAsync(PresenceQuery)),
            (PresenceQuery, await without.Http.PostJsonAsync(PresenceQuery, asked)),
            (PresenceQuery, await _http.PostJsonAsync(PresenceQuery, new string(' ', 1024 * 1024) + asked)),
            (PresenceQuery, await _http.PostAsync(new Uri(PresenceQuery, UriKind.Relative), new StringContent(asked), TestContext.Current.CancellationToken)),
            (PresenceQuery, await failing.Http.PostJsonAsync(PresenceQuery, asked)),
            (PresenceQuery, await cut.Http.PostJsonAsync(PresenceQuery, asked)),
        ];
        foreach (var (path, bad, fine) in new[]
        {
            (Connections, "/v1/users/42/connections?code=1000", "/v1/users/42/connections"),
            (Subscriber, "/v1/channels/%2342/subscribers/42", "/v1/channels/news:a/subscribers/42"),
        })
            failures =
            [
                .. failures,
                (path, await _http.RemoveAsync(bad)),
                (path, await locked.Http.RemoveAsync(fine)),
                (path, await publishing.RemoveAsync(fine)),
                (path, await _http.FetchAsync(fine)),
                (path, await failing.Http.RemoveAsync(fine)),
                (path, await cut.Http.RemoveAsync(fine)),
            ];
        const string subscriptions = "/v1/users/42/subscriptions", news = """{"channel":"news:a"}""";
        failures =
        [
            .. failures,
            (Subscriptions, await _http.PostJsonAsync(subscriptions, "{}")),
            (Subscriptions, await locked.Http.PostJsonAsync(subscriptions, news)),
            (Subscriptions, await publishing.PostJsonAsync(subscriptions, news)),
            (Subscriptions, await _http.FetchAsync(subscriptions)),
            (Subscriptions, await _http.PostJsonAsync(subscriptions, new string(' ', 1024 * 1024) + news)),
            (Subscriptions, await _http.PostAsync(new Uri(subscriptions, UriKind.Relative), new StringContent(news), TestContext.Current.CancellationToken)),
            (Subscriptions, await failing.Http.PostJsonAsync(subscriptions, news)),
            (Subscriptions, await cut.Http.PostJsonAsync(subscriptions, news)),
        ];
        const string revocation = """{"jti":"t1"}""";
        await using var full = GatewayNode.Start(("PushGateway:Security:MaxRevocations", "1"));
        await full.Http.PostJsonAsync(Revocations, """{"jti":"t0"}""");
        failures =
        [
            .. failures,
            (Revocations, await _http.PostJsonAsync(Revocations, "{}")),
            (Revocations, await locked.Http.PostJsonAsync(Revocations, revocation)),
            (Revocations, await publishing.PostJsonAsync(Revocations, revocation)),
            (Revocations, await _http.FetchAsync(Revocations)),
            (Revocations, await _http.PostJsonAsync(Revocations, new string(' ', 1024 * 1024) + revocation)),
            (Revocations, await _http.PostAsync(new Uri(Revocations, UriKind.Relative), new StringContent(revocation), TestContext.Current.CancellationToken)),
            (Revocations, await failing.Http.PostJsonAsync(Revocations, revocation)),
            (Revocations, await cut.Http.PostJsonAsync(Revocations, revocation)),
            (Revocations, await full.Http.PostJsonAsync(Revocations, revocation)),
        ];
        foreach (var path in new[] { Presence, PresenceStats, UserPresence })
            failures =
            [
                .. failures,
                (path, await _http.FetchAsync(AddressOf(path, "no%20name"))),
                (path, await locked.Http.FetchAsync(AddressOf(path))),
                (path, await publishing.FetchAsync(AddressOf(path))),
                (path, await _http.PostAsync(new Uri(AddressOf(path), UriKind.Relative), null, TestContext.Current.CancellationToken)),
                (path, await without.Http.FetchAsync(AddressOf(path))),
                (path, await failing.Http.FetchAsync(AddressOf(path))),
                (path, await cut.Http.FetchAsync(AddressOf(path))),
            ];
        foreach (var (path, answer) in failures)
            await AssertDescribedAsync(path, answer);

        // And no other status is promised.
        foreach (var (path, method, operation) in Operations())
            Assert.Equal(
                operation.GetProperty("responses").EnumerateObject().Select(response => response.Name).Where(status => status is not ("200" or "204")),
                failures.Where(failure => failure.Path == NameOf(path, method)).Select(failure => $"{(int)failure.Answer.StatusCode}").Order(StringComparer.Ordinal));
    }

    // The limit is by the second, and a machine may be busy for longer than that between two posts.
    private static async Task<HttpResponseMessage> LimitedAsync(HttpClient http, string notification)
    {
        HttpResponseMessage answer = null!;
        await Eventually.EqualAsync(HttpStatusCode.TooManyRequests, async () => (answer = await http.PostNotificationAsync(notification)).StatusCode);
        return answer;
    }

    private static string AddressOf(string path, string name = "%2342") =>
        path.Replace("{channel}", name, StringComparison.Ordinal).Replace("{user}", name, StringComparison.Ordinal);

    internal static IEnumerable<string> ProblemTypes() =>
        typeof(ProblemType).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

    private async Task AssertDescribedAsync(string path, HttpResponseMessage answer)
    {
        var problem = await answer.ReadAsync(answer.StatusCode);
        var described = _schemas.Resolve(Operation(path).GetProperty("responses").GetProperty($"{(int)answer.StatusCode}"));
        var content = described.GetProperty("content").GetProperty("application/problem+json");
        Assert.Empty(_schemas.Complaints(content.GetProperty("schema"), problem));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        foreach (var field in new[] { "type", "title", "status" })
            Assert.Equal(content.GetProperty("example").GetProperty(field).ToString(), problem.GetProperty(field).ToString());

        if (described.TryGetProperty("headers", out var headers))
            foreach (var header in headers.EnumerateObject())
                Assert.True(answer.Headers.NonValidated.Contains(header.Name) || answer.Content.Headers.NonValidated.Contains(header.Name), header.Name);
    }

    private async Task AssertAlikeAsync(string path, JsonElement content, string example, HttpClient? http = null) =>
        await AssertAlikeAsync(await (http ?? _http).FetchAsync(path), content, example);

    private async Task AssertAlikeAsync(HttpResponseMessage response, JsonElement content, string example)
    {
        var answer = await response.ReadAsync();
        Assert.Empty(_schemas.Complaints(content.GetProperty("schema"), answer));
        Assert.Equal(Fields(content.GetProperty("examples").GetProperty(example).GetProperty("value")), Fields(answer));
    }

    /// <summary>The names of all fields in a value, with their places.</summary>
    private static SortedSet<string> Fields(JsonElement value, string place = "")
    {
        SortedSet<string> fields = new(StringComparer.Ordinal);
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var field in value.EnumerateObject())
                fields.UnionWith(Fields(field.Value, $"{place}.{field.Name}").Append($"{place}.{field.Name}"));
        else if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray())
                fields.UnionWith(Fields(item, $"{place}[]"));
        return fields;
    }

    private JsonElement Schema(string name) => _document.GetProperty("components").GetProperty("schemas").GetProperty(name);

    // What there is but one operation for is named by its path alone.
    private JsonElement Operation(string name) =>
        Operations().Single(operation => NameOf(operation.Path, operation.Method) == name).Operation;

    private static string NameOf(string path, string method) => (path, method) is (History, "DELETE") ? Removal : path;

    /// <summary>Offsets and epochs are another time others.</summary>
    private static string WithoutPositions(JsonElement answer) => Position().Replace(JsonSerializer.Serialize(answer), ",position");

    private static JsonElement AnswerOf(JsonElement operation) =>
        operation.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json");

    private IEnumerable<(string Path, string Method, JsonElement Operation)> Operations() =>
        from path in _document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (path.Name, operation.Name.ToUpperInvariant(), operation.Value);

    private IEnumerable<JsonElement> Contents() =>
        from operation in Operations()
        from part in operation.Operation.GetProperty("responses").EnumerateObject().Select(response => _schemas.Resolve(response.Value))
            .Concat(operation.Operation.TryGetProperty("requestBody", out var body) ? [body] : [])
        where part.TryGetProperty("content", out _)
        from content in part.GetProperty("content").EnumerateObject()
        select content.Value;

    private static IEnumerable<(JsonElement Schema, JsonElement Example)> Examples(JsonElement content) =>
        (content.TryGetProperty("examples", out var several) ? several.EnumerateObject().Select(example => example.Value.GetProperty("value")) : [content.GetProperty("example")])
        .Select(example => (content.GetProperty("schema"), example));

    [GeneratedRegex(",\"offset\":[0-9]+,\"epoch\":\"[a-z0-9]+\"")]
    private static partial Regex Position();

    [GeneratedRegex("^- `([a-z-]+)`", RegexOptions.Multiline)]
    private static partial Regex ListedType();

    /// <summary>A cluster with a node that does not answer.</summary>
    private sealed class HalfSilentCluster : ICluster
    {
        public ValueTask StartAsync(ILocalNode node, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<IReadOnlyList<NodeInfo>> GetNodesAsync(CancellationToken cancellationToken) => new([]);

        public ValueTask<ChannelPage> GetChannelsAsync(ChannelQuery query, CancellationToken cancellationToken) =>
            new(new ChannelPage([new ChannelCount("a", 1)], More: false, ["node-2"]));

        public ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken) => new(Half);

        public ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken) => new(Half);

        public ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken) => new(Half);

        public ValueTask<Reached> RevokeAsync(Revocation revocation, CancellationToken cancellationToken) => new(Half);

        private static Reached Half => new(2, LimitExceeded: 1) { SilentNodes = ["node-2"] };

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
