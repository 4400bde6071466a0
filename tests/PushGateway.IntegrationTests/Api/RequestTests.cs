using System.Net;
using System.Text;

namespace PushGateway.IntegrationTests.Api;

/// <summary>Methods, addresses and content types.</summary>
public sealed class RequestTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private readonly HttpClient _http = shared.Node.Http;

    [Theory]
    [InlineData("GET", "/v1/notifications", "POST")]
    [InlineData("PUT", "/v1/notifications", "POST")]
    [InlineData("DELETE", "/v1/notifications", "POST")]
    [InlineData("PATCH", "/v1/notifications", "POST")]
    [InlineData("OPTIONS", "/v1/notifications", "POST")]
    [InlineData("POST", "/v1/channels", "GET")]
    [InlineData("DELETE", "/v1/channels", "GET")]
    [InlineData("OPTIONS", "/v1/channels", "GET")]
    [InlineData("POST", "/v1/nodes", "GET")]
    [InlineData("POST", "/v1/channels/%2342/history", "GET", "DELETE")]
    [InlineData("PUT", "/v1/channels/%2342/history", "GET", "DELETE")]
    [InlineData("OPTIONS", "/v1/channels/no%20name/history", "GET", "DELETE")]
    [InlineData("POST", "/v1/channels/%2342/presence", "GET")]
    [InlineData("DELETE", "/v1/channels/%2342/presence/stats", "GET")]
    [InlineData("PUT", "/v1/users/42/presence", "GET")]
    [InlineData("GET", "/v1/presence/query", "POST")]
    [InlineData("PURGE", "/v1/nodes", "GET")]
    public async Task Another_method_is_not_allowed(string method, string path, params string[] allowed)
    {
        var answer = await SendAsync(method, path);
        var problem = await answer.ReadProblemAsync(HttpStatusCode.MethodNotAllowed, "method-not-allowed");
        Assert.Equal($"Use {string.Join(" or ", allowed)}.", problem.GetProperty("detail").GetString());
        Assert.Equal(allowed, answer.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/v1/notifications", "POST")]
    [InlineData("/v1/nodes", "GET")]
    public async Task HEAD_is_not_allowed_either_and_has_no_body(string path, string allowed)
    {
        var answer = await SendAsync("HEAD", path);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal([allowed], answer.Content.Headers.Allow);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("GET", "/v1")]
    [InlineData("GET", "/v1/")]
    [InlineData("POST", "/v1/notification")]
    [InlineData("POST", "/v1/notifications/1")]
    [InlineData("DELETE", "/v1/channels/news")]
    [InlineData("GET", "/v1/channels/news/presence/all")]
    [InlineData("GET", "/v1/users/presence")]
    [InlineData("GET", "/v1/presence")]
    [InlineData("OPTIONS", "/v1/anything/at%2fall?x=1")]
    public async Task Nothing_else_is_found_under_the_APIs_path(string method, string path) =>
        await (await SendAsync(method, path)).ReadProblemAsync(HttpStatusCode.NotFound, "not-found");

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("application/json; v=1")]
    public async Task JSON_in_UTF8_is_taken(string contentType) => await (await PostAsAsync(contentType)).ReadAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/problem+json")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json, text/plain")]
    public async Task All_other_types_are_refused(string? contentType)
    {
        var problem = await (await PostAsAsync(contentType)).ReadProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        Assert.Contains("application/json", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_request_to_the_clients_address_is_told_to_use_WebSocket() =>
        await (await _http.FetchAsync("/connection/websocket")).ReadProblemAsync(HttpStatusCode.UpgradeRequired, "websocket-required");

    [Fact]
    public async Task Answers_are_JSON_and_not_to_be_kept()
    {
        var answer = await _http.FetchAsync("/v1/nodes");
        Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    private async Task<HttpResponseMessage> PostAsAsync(string? contentType)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"channel":"a","data":1}"""));
        if (contentType is not null)
            body.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await _http.PostAsync(new Uri(ApiCalls.Notifications, UriKind.Relative), body, TestContext.Current.CancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        return await _http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
