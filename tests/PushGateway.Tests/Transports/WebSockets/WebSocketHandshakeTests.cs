using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Connections;
using PushGateway.Diagnostics;
using PushGateway.Security.Origins;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Transports.WebSockets;

public sealed class WebSocketHandshakeTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Admission _admission;
    private readonly WebSocketHandshake _handshake;

    public WebSocketHandshakeTests()
    {
        var options = Options.Create(new PushGatewayOptions { Connections = { HandshakesPerSecond = 1, HandshakeBurst = 2, MaxConnections = 2 } });
        _admission = new Admission(options, _time, NullLogger<Admission>.Instance);
        _handshake = new WebSocketHandshake(_admission, new OriginRules(options, new TestEnvironment("Production")), new ConnectionMeters(TestMeter.New()));
    }

    public void Dispose() => _admission.Dispose();

    [Fact]
    public void The_accept_value_is_that_of_the_example_in_RFC_6455() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketKey.Accept("dGhlIHNhbXBsZSBub25jZQ=="));

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
        Assert.NotNull(await _handshake.TryAcceptAsync(request.Context, "a", "b"));
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
        Assert.Null(await _handshake.TryAcceptAsync(request.Context));
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
        Assert.Null(await _handshake.TryAcceptAsync(request.Context));
        Assert.Equal(426, request.Context.Response.StatusCode);
        var old = new UpgradeableRequest { Context = { Request = { Protocol = "HTTP/1.0" } } };
        Assert.Null(await _handshake.TryAcceptAsync(old.Context));
        Assert.Equal(426, old.Context.Response.StatusCode);
        var post = new UpgradeableRequest { Context = { Request = { Method = "POST" } } };
        Assert.Null(await _handshake.TryAcceptAsync(post.Context));
        Assert.Equal(426, post.Context.Response.StatusCode);
    }

    [Fact]
    public async Task More_handshakes_than_are_accepted_are_to_come_back_later()
    {
        foreach (var accepted in new[] { true, true, false })
        {
            // What is no handshake costs none.
            Assert.Null(await _handshake.TryAcceptAsync(new UpgradeableRequest { Context = { Request = { Method = "POST" } } }.Context));
            var request = new UpgradeableRequest();
            Assert.Equal(accepted, await _handshake.TryAcceptAsync(request.Context) is not null);
            if (accepted)
                _admission.Leave();
            else
                AssertTurnedAway(request, "too-many-handshakes", connection: null);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await _handshake.TryAcceptAsync(new UpgradeableRequest().Context));
    }

    [Fact]
    public async Task A_node_that_leaves_turns_clients_away_and_ends_their_connections()
    {
        _admission.Close();
        var request = new UpgradeableRequest();
        Assert.Null(await _handshake.TryAcceptAsync(request.Context));
        AssertTurnedAway(request, "node-leaving", connection: "close");
    }

    [Fact]
    public async Task A_node_that_is_full_turns_clients_away_until_one_has_left()
    {
        for (var i = 0; i < 2; i++)
            Assert.NotNull(await _handshake.TryAcceptAsync(new UpgradeableRequest().Context));
        _time.Advance(TimeSpan.FromSeconds(10));
        var request = new UpgradeableRequest();
        Assert.Null(await _handshake.TryAcceptAsync(request.Context));
        AssertTurnedAway(request, "node-full", connection: null);
        _admission.Leave();
        Assert.NotNull(await _handshake.TryAcceptAsync(new UpgradeableRequest().Context));
    }

    [Fact]
    public async Task A_client_that_goes_before_it_is_answered_is_not_counted()
    {
        var request = new UpgradeableRequest { FailsToUpgrade = true };
        await Assert.ThrowsAsync<IOException>(() => _handshake.TryAcceptAsync(request.Context));
        Assert.Equal(0, _admission.Clients);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("nonsense")]
    public async Task A_page_of_another_origin_is_refused_and_costs_no_handshake(string origin)
    {
        var request = new UpgradeableRequest();
        request.Context.Request.Headers.Host = "gateway.example";
        request.Context.Request.Headers.Origin = origin;
        Assert.Null(await _handshake.TryAcceptAsync(request.Context));
        Assert.False(request.IsUpgraded);
        Assert.Equal((403, 0), (request.Context.Response.StatusCode, _admission.Clients));
        Assert.Contains("urn:pushgateway:problem:origin-not-allowed", request.Answer, StringComparison.Ordinal);
        Assert.Contains("PushGateway:Security:AllowedOrigins", request.Answer, StringComparison.Ordinal);
    }

    private static void AssertTurnedAway(UpgradeableRequest request, string problem, string? connection)
    {
        Assert.False(request.IsUpgraded);
        Assert.Equal(503, request.Context.Response.StatusCode);
        Assert.Equal("1", request.Context.Response.Headers.RetryAfter);
        Assert.Equal(connection, (string?)request.Context.Response.Headers.Connection);
        Assert.Contains($"urn:pushgateway:problem:{problem}", request.Answer, StringComparison.Ordinal);
    }
}
