using System.Net;
using System.Net.WebSockets;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
public sealed class OrdinaryOriginTests() : OriginContract(ClientWay.Ordinary);

/// <inheritdoc/>
public sealed class OriginTests() : OriginContract(ClientWay.Bare)
{
    [Theory]
    [InlineData("/connection/websocket", "https://app.example", null)]
    [InlineData("/connection/websocket", "https://evil.example", "403")]
    [InlineData("/echo", "https://app.example", null)]
    [InlineData("/echo", "https://evil.example", "403")]
    public async Task Origins_count_over_http_2_as_well(string path, string origin, string? refusal)
    {
        await using var node = GatewayNode.Start(("Kestrel:EndpointDefaults:Protocols", "Http2"), ("PushGateway:Security:AllowedOrigins:0", "https://app.example"));
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        using var client = new ClientWebSocket();
        client.Options.HttpVersion = HttpVersion.Version20;
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        client.Options.SetRequestHeader("Origin", origin);
        var connecting = client.ConnectAsync(new Uri(node.WebSocket, path), http, TestContext.Current.CancellationToken);
        if (refusal is null)
            await connecting;
        else
            Assert.Contains(refusal, (await Assert.ThrowsAsync<WebSocketException>(() => connecting)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_of_the_gateway_may_and_its_headers_let_nothing_else_in()
    {
        await using var node = GatewayNode.StartAsShipped();
        foreach (var path in new[] { "/", "/page/main.js", "/page/style.css", "/favicon.svg" })
        {
            using var answer = await node.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            string Header(string name) => Assert.Single(answer.Headers.GetValues(name));
            var policy = Header("Content-Security-Policy").Split("; ");
            Assert.Contains("default-src 'none'", policy);
            Assert.Contains("script-src 'self'", policy);
            Assert.Contains("connect-src 'self' ws: wss:", policy);
            Assert.Contains("frame-ancestors 'none'", policy);
            Assert.DoesNotContain(policy, directive => directive.Contains("unsafe", StringComparison.Ordinal));
            Assert.Equal(("nosniff", "no-referrer", "same-origin"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Opener-Policy")));
            Assert.Contains("camera=()", Header("Permissions-Policy"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET", "/v1/nodes")]
    [InlineData("GET", "/v1/nothing")]
    [InlineData("PUT", "/v1/nodes")]
    [InlineData("POST", "/v1/notifications")]
    [InlineData("POST", "/v1/notifications:batch")]
    [InlineData("GET", "/openapi/v1.json")]
    [InlineData("GET", "/health/live")]
    [InlineData("GET", "/health/ready")]
    [InlineData("GET", "/connection/websocket")]
    public async Task No_answer_is_taken_for_something_else_by_a_browser(string method, string path)
    {
        await using var node = GatewayNode.Start();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }
}
