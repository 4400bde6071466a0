using System.Net;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Whether pages of other origins may use the API.</summary>
public sealed class CorsTests
{
    private const string Admin = "https://admin.example.com", Other = "https://example.com";

    private static readonly TestKey Key = TestKey.New("admin-page", "publish read admin");

    [Fact]
    public async Task By_default_no_page_of_another_origin_may()
    {
        await using var node = GatewayNode.Start([.. Key.Settings]);
        var answer = await SendAsync(node, HttpMethod.Get, Admin, Key.Text);
        await answer.ReadAsync();
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        await (await PreflightAsync(node, Admin)).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
    }

    [Fact]
    public async Task An_allowed_page_may_ask_beforehand_without_a_key()
    {
        await using var node = StartAllowing();
        var answer = await PreflightAsync(node, Admin);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Admin, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("DELETE", Header(answer, "Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("X-API-Key", Header(answer, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task An_allowed_page_gets_answers_and_errors_and_still_needs_a_key()
    {
        await using var node = StartAllowing();
        var answer = await SendAsync(node, HttpMethod.Get, Admin, Key.Text);
        await answer.ReadAsync();
        Assert.Equal(Admin, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("Retry-After", Header(answer, "Access-Control-Expose-Headers"), StringComparison.Ordinal);

        var refused = await SendAsync(node, HttpMethod.Get, Admin);
        await refused.ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal(Admin, Header(refused, "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData(Other)]
    [InlineData("http://admin.example.com")]
    [InlineData("https://admin.example.com:8443")]
    [InlineData("https://admin.example.com.evil.example")]
    [InlineData("null")]
    public async Task A_page_of_another_origin_is_not_told_that_it_may(string origin)
    {
        await using var node = StartAllowing();
        Assert.False((await PreflightAsync(node, origin)).Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False((await SendAsync(node, HttpMethod.Get, origin, Key.Text)).Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task It_is_for_the_API_alone()
    {
        await using var node = StartAllowing();
        Assert.False((await SendAsync(node, HttpMethod.Get, Admin, path: "/health/live")).Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("null")]
    public async Task In_Development_without_a_key_a_page_of_elsewhere_can_do_nothing(string origin)
    {
        await using var node = GatewayNode.Start();
        var problem = await (await SendAsync(node, HttpMethod.Post, origin, path: "/v1/notifications")).ReadProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Contains("Origin", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await (await SendAsync(node, HttpMethod.Get, $"http://{node.Address.Authority}")).ReadAsync();
        await (await SendAsync(node, HttpMethod.Get, "http://localhost:3000")).ReadAsync();
    }

    [Fact]
    public async Task In_Development_without_a_key_a_name_that_was_made_to_lead_here_opens_nothing()
    {
        await using var node = GatewayNode.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/nodes", UriKind.Relative)) { Headers = { Host = $"rebound.example.com:{node.Address.Port}" } };
        var problem = await (await node.Http.SendAsync(request, TestContext.Current.CancellationToken)).ReadProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Contains("DNS rebinding", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static GatewayNode StartAllowing() =>
        GatewayNode.Start([.. Key.Settings, ("PushGateway:Api:AllowedOrigins:0", Admin), ("PushGateway:Api:AllowedOrigins:1", "http://localhost:3000")]);

    private static async Task<HttpResponseMessage> SendAsync(GatewayNode node, HttpMethod method, string origin, string? key = null, string path = "/v1/nodes")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Headers = { { "Origin", origin } } };
        if (key is not null)
            request.Headers.Add("X-API-Key", key);
        return await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> PreflightAsync(GatewayNode node, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, new Uri("/v1/users/42/connections", UriKind.Relative))
        {
            Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "DELETE" }, { "Access-Control-Request-Headers", "x-api-key,content-type" } },
        };
        return await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(',', answer.Headers.GetValues(name));
}
