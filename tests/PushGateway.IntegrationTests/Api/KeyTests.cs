using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Who may use the API.</summary>
public sealed class KeyTests(KeyTests.NodeWithKeys shared) : IClassFixture<KeyTests.NodeWithKeys>
{
    private const string First = "first-key-0123456789";
    private const string Second = "second-key-0123456789";

    public static TheoryData<string> Paths => [ApiCalls.Notifications, "/v1/channels", "/v1/channels/%2342/presence", "/v1/users/42/presence", "/v1/presence/query", "/v1/nodes", "/v1/unknown", "/v1"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Nothing_is_answered_without_a_key(string path)
    {
        var answer = await shared.Node.Http.FetchAsync(path);
        var problem = await answer.ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer realm=\"PushGateway\"", answer.Headers.WwwAuthenticate.ToString());
        Assert.Contains("X-API-Key", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-API-Key", First)]
    [InlineData("x-api-key", Second)]
    [InlineData("X-API-Key", $"  {First}  ")]
    [InlineData("Authorization", $"Bearer {First}")]
    [InlineData("Authorization", $"bearer {Second}")]
    [InlineData("Authorization", $"Bearer   {Second}  ")]
    public async Task Each_key_opens_by_either_header(string header, string value) =>
        await (await SendAsync((header, value))).ReadAsync();

    [Theory]
    [InlineData("X-API-Key", "")]
    [InlineData("X-API-Key", "wrong-key-0123456789")]
    [InlineData("X-API-Key", "first-key-012345678")]
    [InlineData("X-API-Key", "first-key-01234567890")]
    [InlineData("X-API-Key", "FIRST-KEY-0123456789")]
    [InlineData("X-API-Key", $"Bearer {First}")]
    [InlineData("X-API-Key", $"{First},{Second}")]
    [InlineData("X-API-Key", "ключ-0123456789-ключ")]
    [InlineData("Authorization", "")]
    [InlineData("Authorization", "Bearer")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", First)]
    [InlineData("Authorization", $"Bearer{First}")]
    [InlineData("Authorization", $"Basic {First}")]
    [InlineData("Authorization", $"apikey {First}")]
    [InlineData("Authorization", $"Bearer {First} {Second}")]
    [InlineData("api-key", First)]
    public async Task Nothing_else_opens(string header, string value) =>
        await (await SendAsync((header, value))).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");

    [Fact]
    public async Task Several_values_open_nothing()
    {
        await (await SendAsync(("X-API-Key", First), ("X-API-Key", First))).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        await (await SendAsync(("Authorization", $"Bearer {First}"), ("Authorization", $"Bearer {Second}"))).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task When_both_headers_are_sent_X_API_Key_counts()
    {
        await (await SendAsync(("X-API-Key", First), ("Authorization", "Bearer something-of-a-proxy"))).ReadAsync();
        await (await SendAsync(("X-API-Key", "wrong-key-0123456789"), ("Authorization", $"Bearer {First}"))).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task A_key_in_the_address_opens_nothing() =>
        await (await shared.Node.Http.FetchAsync($"/v1/nodes?X-API-Key={First}&access_token={First}")).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");

    [Fact]
    public async Task A_refused_notification_is_not_published()
    {
        await using var client = await Subscriber.ConnectAsync(new Uri($"{shared.Node.WebSocket}"), "news:keys");
        await (await shared.Node.Http.PostNotificationAsync("""{"channel":"news:keys","data":1}""")).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        using var http = new HttpClient { BaseAddress = shared.Node.Address };
        http.DefaultRequestHeaders.Add("X-API-Key", First);
        await (await http.PostNotificationAsync("""{"channel":"news:keys","data":2}""")).ReadAsync();
        Assert.Equal("2", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task The_description_of_the_API_needs_no_key() => await (await shared.Node.Http.FetchAsync("/openapi/v1.json")).ReadAsync();

    [Fact]
    public async Task In_Production_a_key_is_needed_on_this_machine_too()
    {
        await using var node = GatewayNode.StartIn("Production", ("PushGateway:Security:ApiKeys:0", First));
        await (await node.Http.FetchAsync("/v1/nodes")).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        node.Http.DefaultRequestHeaders.Authorization = new("Bearer", First);
        await (await node.Http.FetchAsync("/v1/nodes")).ReadAsync();
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.9.9.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.168.1.7", false)]
    [InlineData("::ffff:192.168.1.7", false)]
    [InlineData("fe80::1", false)]
    [InlineData("0.0.0.0", false)]
    public async Task In_Development_without_a_key_the_API_is_open_to_this_machine_alone(string caller, bool open)
    {
        await using var node = GatewayNode.StartWith(services => services.AddSingleton<IStartupFilter>(new CallerFrom(IPAddress.Parse(caller))));
        var answer = await node.Http.FetchAsync("/v1/nodes");
        if (open)
            await answer.ReadAsync();
        else
            Assert.Contains(
                "PushGateway:Security:ApiKeys", (await answer.ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized")).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> SendAsync(params (string Name, string Value)[] headers)
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 };
        using var http = new HttpClient(handler) { BaseAddress = shared.Node.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/nodes", UriKind.Relative));
        foreach (var same in headers.GroupBy(header => header.Name, header => header.Value))
            Assert.True(request.Headers.TryAddWithoutValidation(same.Key, same));
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public sealed class NodeWithKeys : IAsyncDisposable
    {
        public GatewayNode Node { get; } = GatewayNode.Start(("PushGateway:Security:ApiKeys:0", First), ("PushGateway:Security:ApiKeys:1", Second));

        public ValueTask DisposeAsync() => Node.DisposeAsync();
    }

    /// <summary>Makes all requests come from an address.</summary>
    private sealed class CallerFrom(IPAddress address) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, then) =>
            {
                context.Connection.RemoteIpAddress = address;
                return then(context);
            });
            next(app);
        };
    }
}
