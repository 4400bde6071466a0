using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security.Authorization;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Clients of a node that asks a back end about them.</summary>
public sealed class CallbackSessionTests : IAsyncLifetime
{
    private const string Internal = """{"id":1,"error":{"code":100,"message":"internal server error","temporary":true}}""";

    private FarEnd _farEnd = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _farEnd = await FarEnd.StartAsync((context, question) => FarEnd.Says(question.Path switch
    {
        "/connect" => """{"result":{"user":"42","info":{"name":"Ann"}}}""",
        _ => """{"result":{}}""",
    })(context, question));

    public ValueTask DisposeAsync() => _farEnd.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_without_a_token_is_who_the_back_end_says_and_the_back_end_sees_its_cookie(bool bareSockets)
    {
        await using var node = Start(("PushGateway:Connections:BareSockets", bareSockets ? "true" : "false"), ("PushGateway:Callbacks:Headers:0", "Cookie"), ("PushGateway:Callbacks:Headers:1", "X-Tenant"));
        await using var client = await Subscriber.ConnectAsync(node.WebSocket, [], options =>
        {
            options.SetRequestHeader("Cookie", "session=abc; theme=dark");
            options.SetRequestHeader("X-Tenant", "7");
            options.SetRequestHeader("X-Secret", "not to be passed on");
        });
        Assert.Equal(bareSockets ? 1 : 0, NodeInside.CountBare(node.Services));
        Assert.Equal("#42", Assert.Single(client.Connected.GetProperty("subs").EnumerateObject()).Name);

        var question = Assert.Single(_farEnd.Questions);
        Assert.Equal(client.Connected.GetProperty("client").GetString(), question.Json.GetProperty("client").GetString());
        Assert.Equal(("session=abc; theme=dark", "7"), (question.Headers["Cookie"], question.Headers["X-Tenant"]));
        Assert.DoesNotContain("X-Secret", question.Headers.Keys);
    }

    [Fact]
    public async Task Browsers_say_in_the_command_what_they_cannot_in_the_handshake()
    {
        await using var node = Start(("PushGateway:Callbacks:EmulatedHeaders:0", "Authorization"));
        await using var client = await RawClient.OpenAsync(node);
        await client.SendAsync("""{"id":1,"connect":{"name":"js","data":{"room":7},"headers":{"authorization":"Bearer abc","X-User":"admin"}}}""");
        Assert.StartsWith("""{"id":1,"connect":{"client":""", await client.ReadAsync(), StringComparison.Ordinal);
        var question = Assert.Single(_farEnd.Questions);
        Assert.Equal("Bearer abc", question.Headers["Authorization"]);
        Assert.DoesNotContain("X-User", question.Headers.Keys);
        Assert.Equal(("js", "{\"room\":7}"), (question.Json.GetProperty("name").GetString(), question.Json.GetProperty("data").GetRawText()));
    }

    [Fact]
    public async Task A_user_whom_the_host_knows_is_not_asked_about()
    {
        await using var node = Start();
        await using var client = await RawClient.ConnectAsync(node, "7");
        Assert.Empty(_farEnd.Questions);
    }

    // In Development, where these tests run, anonymous clients would be let in.
    [Fact]
    public async Task Nobody_is_let_in_while_the_back_end_fails()
    {
        await using var node = Start();
        _farEnd.Answer = FarEnd.Says("", 500);
        await using var client = await RawClient.OpenAsync(node);
        await client.ExchangeAsync("""{"id":1,"connect":{}}""", Internal);
        await client.ExpectCloseAsync("""{"id":2,"subscribe":{"channel":"news:1"}}""", 3501);
    }

    [Theory]
    [InlineData("""{"error":{"code":1000,"message":"full"}}""", """{"id":1,"error":{"code":1000,"message":"full"}}""", 0)]
    [InlineData("""{"disconnect":{"code":4501,"reason":"unauthorized"}}""", null, 4501)]
    [InlineData("""{"disconnect":{"code":4001}}""", null, 4001)]
    public async Task A_back_end_turns_clients_away_as_it_likes(string answer, string? reply, int code)
    {
        await using var node = Start();
        _farEnd.Answer = FarEnd.Says(answer);
        await using var client = await RawClient.OpenAsync(node);
        if (reply is not null)
            await client.ExchangeAsync("""{"id":1,"connect":{}}""", reply);
        else
            await client.ExpectCloseAsync("""{"id":1,"connect":{}}""", code);
    }

    [Fact]
    public async Task A_back_end_subscribes_a_client_and_says_for_how_long_it_may_stay()
    {
        await using var node = Start();
        var end = DateTimeOffset.UtcNow.AddSeconds(3).ToUnixTimeSeconds();
        _farEnd.Answer = FarEnd.Says($$$"""{"result":{"user":"42","subs":{"news:1":{"info":{"seat":7} } },"expire_at":{{{end}}}}}""");
        await using var client = await RawClient.OpenAsync(node);
        var connected = await client.ConnectAsync();
        Assert.Equal(["#42", "news:1"], connected.GetProperty("connect").GetProperty("subs").EnumerateObject().Select(channel => channel.Name).Order());
        await client.ExpectCloseAsync(3005); // Which connects again, and is asked about again.
    }

    [Fact]
    public async Task A_back_end_decides_who_subscribes_and_what_is_published()
    {
        await using var node = Start();
        await using var client = await RawClient.OpenAsync(node);
        await client.ConnectAsync();
        await client.ExchangeAsync("""{"id":2,"subscribe":{"channel":"room:1","data":{"why":"to play"}}}""", """{"id":2,"subscribe":{}}""");
        Assert.Equal("{\"why\":\"to play\"}", _farEnd.Questions.Last().Json.GetProperty("data").GetRawText());

        _farEnd.Answer = FarEnd.Says("""{"result":{"data":{"text":"***"}}}""");
        await client.SendAsync("""{"id":3,"publish":{"channel":"room:1","data":{"text":"a bad word"}}}""");
        string[] both = [await client.ReadAsync(), await client.ReadAsync()];
        Assert.Contains("""{"id":3,"publish":{}}""", both);
        Assert.Contains(both, line => line.StartsWith("""{"push":{"channel":"room:1","pub":{"data":{"text":"***"},"info":""", StringComparison.Ordinal));

        _farEnd.Answer = FarEnd.Says("""{"error":{"code":403,"message":"not you"}}""");
        await client.ExchangeAsync("""{"id":4,"publish":{"channel":"room:1","data":1}}""", """{"id":4,"error":{"code":403,"message":"not you"}}""");
        await client.ExchangeAsync("""{"id":5,"subscribe":{"channel":"room:2"}}""", """{"id":5,"error":{"code":403,"message":"not you"}}""");

        _farEnd.Answer = FarEnd.Says("no JSON");
        await client.ExchangeAsync("""{"id":6,"publish":{"channel":"room:1","data":1}}""", """{"id":6,"error":{"code":100,"message":"internal server error","temporary":true}}""");
        await client.ExchangeAsync("""{"id":7,"subscribe":{"channel":"room:2"}}""", """{"id":7,"error":{"code":100,"message":"internal server error","temporary":true}}""");

        _farEnd.Answer = FarEnd.Says("""{"disconnect":{"code":4501,"reason":"rude"}}""");
        await client.ExpectCloseAsync("""{"id":8,"publish":{"channel":"room:1","data":1}}""", 4501);
    }

    [Fact]
    public async Task Who_waits_for_a_silent_back_end_holds_up_nobody_else()
    {
        await using var node = Start();
        await using var waiting = await RawClient.OpenAsync(node);
        await waiting.ConnectAsync();
        await using var other = await RawClient.ConnectAsync(node, "7", "news:1");
        _farEnd.Answer = FarEnd.IsSilent();
        await waiting.SendAsync("""{"id":2,"subscribe":{"channel":"room:1"}}""");
        await Eventually.EqualAsync(2, () => _farEnd.Questions.Count);

        for (var i = 0; i < 20; i++)
        {
            await node.Http.PostNotificationAsync($$$"""{"channel":"news:1","data":{{{i}}}}""");
            Assert.Equal($$$$"""{"push":{"channel":"news:1","pub":{"data":{{{{i}}}}}}}""", await other.ReadAsync());
        }
    }

    [Fact]
    public async Task A_connection_that_is_closed_takes_its_question_with_it()
    {
        await using var node = Start();
        await using var client = await RawClient.OpenAsync(node);
        await client.ConnectAsync();
        var left = new TaskCompletionSource();
        _farEnd.Answer = FarEnd.IsSilent(() => left.TrySetResult());
        await client.SendAsync("""{"id":2,"subscribe":{"channel":"room:1"}}""");
        await Eventually.EqualAsync(2, () => _farEnd.Questions.Count);
        (await node.Http.DeleteAsync(new Uri("/v1/users/42/connections", UriKind.Relative), Cancellation)).EnsureSuccessStatusCode();
        await left.Task.WaitAsync(RawWebSocket.Patience, Cancellation);
        await client.ExpectCloseAsync(CloseReason.ForceDisconnect.Code);
    }

    [Fact]
    public async Task The_official_client_gets_in_once_the_back_end_is_back()
    {
        await using var node = Start();
        var good = _farEnd.Answer;
        _farEnd.Answer = FarEnd.Says("", 503);
        await using var client = OfficialClient.Start([node.WebSocket.AbsoluteUri], ["room:1"]);
        Assert.Equal(100, (await client.NextAsync("error", Cancellation)).GetProperty("code").GetInt32());
        _farEnd.Answer = good;
        await client.SubscribedAsync(1, Cancellation);

        await node.Http.PostNotificationAsync("""{"channel":"room:1","data":"hello"}""");
        Assert.Equal("hello", (await client.NextAsync("publication", Cancellation)).GetProperty("data").GetString());
    }

    [Fact]
    public async Task The_official_client_stays_away_when_the_back_end_says_so()
    {
        await using var node = Start();
        _farEnd.Answer = FarEnd.Says("""{"disconnect":{"code":4501,"reason":"unauthorized"}}""");
        await using var client = OfficialClient.Start([node.WebSocket.AbsoluteUri], []);
        var away = await client.NextAsync("disconnected", Cancellation);
        Assert.Equal((4501, "unauthorized"), (away.GetProperty("code").GetInt32(), away.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_hosts_own_authorizer_decides_in_place_of_the_back_end()
    {
        await using var node = GatewayNode.StartWith(
            services => services.AddSingleton<IChannelAuthorizer, EvenRooms>(), [.. Settings, ("PushGateway:Namespaces:room:ReadHistory", "Callback"), ("PushGateway:Namespaces:room:HistorySize", "10")]);
        await using var client = await RawClient.OpenAsync(node);
        await client.ConnectAsync();
        await client.ExchangeAsync("""{"id":2,"subscribe":{"channel":"room:1"}}""", """{"id":2,"error":{"code":1001,"message":"odd","temporary":true}}""");
        await client.SendAsync("""{"id":3,"subscribe":{"channel":"room:2"}}""");
        Assert.StartsWith("""{"id":3,"subscribe":{""", await client.ReadAsync(), StringComparison.Ordinal);
        await client.SendAsync("""{"id":4,"history":{"channel":"room:4"}}""");
        Assert.StartsWith("""{"id":4,"history":{""", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Single(_farEnd.Questions); // The one about who it is.
        await client.ExpectCloseAsync("""{"id":5,"publish":{"channel":"room:9","data":1}}""", 4509);
    }

    [Theory]
    [InlineData("Channels:Subscribe", "PushGateway:Channels:Subscribe is Callback, and there is nobody to ask: set PushGateway:Callbacks:Subscribe, or register an IChannelAuthorizer of your own.")]
    [InlineData("Namespaces:room:Publish", "PushGateway:Namespaces:room:Publish is Callback, and there is nobody to ask: set PushGateway:Callbacks:Publish, or register an IChannelAuthorizer of your own.")]
    [InlineData("Namespaces:room:ReadHistory", "PushGateway:Namespaces:room:ReadHistory is Callback, and there is nobody to ask: over HTTP this is not asked, so register an IChannelAuthorizer of your own.")]
    [InlineData("Namespaces:room:ReadPresence", "PushGateway:Namespaces:room:ReadPresence is Callback, and there is nobody to ask: over HTTP this is not asked, so register an IChannelAuthorizer of your own.")]
    public async Task A_node_does_not_start_that_would_have_nobody_to_ask(string setting, string message)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.Configuration.AddInMemoryCollection([new("PushGateway:Namespaces:room", ""), new($"PushGateway:{setting}", "Callback")]);
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Services.AddPushGateway();
        await using var app = builder.Build();
        var wrong = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Cancellation));
        Assert.Equal([message], wrong.Failures);
    }

    private (string, string)[] Settings =>
    [
        ("PushGateway:Callbacks:Connect", new Uri(_farEnd.Address, "/connect").AbsoluteUri),
        ("PushGateway:Callbacks:Subscribe", new Uri(_farEnd.Address, "/subscribe").AbsoluteUri),
        ("PushGateway:Callbacks:Publish", new Uri(_farEnd.Address, "/publish").AbsoluteUri),
        ("PushGateway:Callbacks:Secret", Asking.Secret),
        ("PushGateway:Callbacks:Timeout", "00:00:09"), // On a busy machine a good answer takes its time.
        ("PushGateway:Namespaces:room:Subscribe", "Callback"),
        ("PushGateway:Namespaces:room:Publish", "Callback"),
    ];

    private GatewayNode Start(params (string, string)[] more) => GatewayNode.Start([.. Settings, .. more]);

    /// <summary>Rooms with even numbers are open, odd ones are not, and 9 is worse.</summary>
    private sealed class EvenRooms : IChannelAuthorizer
    {
        public ValueTask<ChannelDecision> AuthorizeAsync(ChannelRequest request, CancellationToken cancellationToken) => new((request.Channel[^1] - '0') switch
        {
            9 => new ChannelDecision { DisconnectCode = 4509, DisconnectReason = "worse" },
            var number when number % 2 == 0 => ChannelDecision.Allowed,
            _ => new ChannelDecision { ErrorCode = 1001, ErrorMessage = "odd", IsTemporary = true },
        });
    }
}
