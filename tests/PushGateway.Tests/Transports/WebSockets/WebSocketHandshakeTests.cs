using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public class WebSocketHandshakeTests
{
    [Fact]
    public void The_accept_value_is_that_of_the_example_in_RFC_6455() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.Accept("dGhlIHNhbXBsZSBub25jZQ=="));

    [Theory]
    [InlineData(null, null)]
    [InlineData("b", "b")]
    [InlineData("x, b ,a", "b")]
    [InlineData("x", null)]
    [InlineData("B", null)]
    public async Task A_request_is_accepted_with_the_first_subprotocol_offered_that_is_spoken(string? offered, string? chosen)
    {
        var request = new UpgradeableRequest();
        request.Context.Request.Headers.SecWebSocketProtocol = offered;
        Assert.NotNull(await WebSocketHandshake.TryAcceptAsync(request.Context, "a", "b"));
        var headers = request.Context.Response.Headers;
        Assert.Equal(("websocket", "Upgrade", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), (headers.Upgrade.ToString(), headers.Connection.ToString(), headers.SecWebSocketAccept.ToString()));
        Assert.Equal(chosen, (string?)headers.SecWebSocketProtocol);
    }

    [Theory]
    [InlineData("Upgrade", null, 426)]
    [InlineData("Upgrade", "h2c", 426)]
    [InlineData("Connection", "keep-alive", 426)]
    [InlineData("Connection", null, 426)]
    [InlineData("Sec-WebSocket-Version", null, 426)]
    [InlineData("Sec-WebSocket-Version", "8", 426)]
    [InlineData("Sec-WebSocket-Key", null, 400)]
    [InlineData("Sec-WebSocket-Key", "", 400)]
    [InlineData("Sec-WebSocket-Key", "AAAA", 400)]
    [InlineData("Sec-WebSocket-Key", "not base64 at all!!!!!!!", 400)]
    [InlineData("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAAA=", 400)]
    public async Task Any_other_request_is_refused_with_what_is_missing(string header, string? value, int status)
    {
        var request = new UpgradeableRequest();
        request.Context.Request.Headers[header] = value;
        Assert.Null(await WebSocketHandshake.TryAcceptAsync(request.Context));
        Assert.Equal(status, request.Context.Response.StatusCode);
        Assert.False(request.IsUpgraded);
        Assert.Contains("urn:pushgateway:problem:websocket-required", request.Answer, StringComparison.Ordinal);
        if (status == 426)
            Assert.Equal("13", request.Context.Response.Headers.SecWebSocketVersion);
    }

    [Fact]
    public async Task A_connection_that_cannot_be_upgraded_is_refused()
    {
        var request = new UpgradeableRequest { IsUpgradableRequest = false };
        Assert.Null(await WebSocketHandshake.TryAcceptAsync(request.Context));
        Assert.Equal(426, request.Context.Response.StatusCode);
        var old = new UpgradeableRequest { Context = { Request = { Protocol = "HTTP/1.0" } } };
        Assert.Null(await WebSocketHandshake.TryAcceptAsync(old.Context));
        Assert.Equal(426, old.Context.Response.StatusCode);
        var post = new UpgradeableRequest { Context = { Request = { Method = "POST" } } };
        Assert.Null(await WebSocketHandshake.TryAcceptAsync(post.Context));
        Assert.Equal(426, post.Context.Response.StatusCode);
    }
}
