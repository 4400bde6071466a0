using System.Buffers;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Notifications;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>The gateway inside an ASP.NET Core application with its own users.</summary>
public sealed class EmbeddedTests : IAsyncLifetime
{
    private readonly List<WebApplication> _running = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _running)
            await app.DisposeAsync();
    }

    [Fact]
    public async Task A_user_whom_the_host_has_signed_in_gets_their_notifications()
    {
        var app = await StartAsync();
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), [], await SignInAsync(app, "42"));

        await Publisher(app).PublishAsync(Notification.ToUser("42", new { OrderNumber = 7 }), TestContext.Current.CancellationToken);

        Assert.Equal("#42", Assert.Single(client.Connected.GetProperty("subs").EnumerateObject()).Name);
        var (channel, data, _) = await client.NextAsync();
        Assert.Equal(("#42", """{"orderNumber":7}"""), (channel, data));
    }

    [Fact]
    public async Task Users_get_their_own_notifications_alone()
    {
        var app = await StartAsync();
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), [], await SignInAsync(app, "43"));

        Assert.Equal(103, (await client.SendAsync("subscribe", new { channel = "#42" })).GetProperty("error").GetProperty("code").GetInt32());
        await Publisher(app).PublishAsync(Notification.ToUser("42", "not for 43"), TestContext.Current.CancellationToken);
        await Publisher(app).PublishAsync(Notification.ToUser("43", "for 43"), TestContext.Current.CancellationToken);

        Assert.Equal("\"for 43\"", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task Who_is_not_signed_in_is_turned_away_where_anonymous_clients_are_not_allowed()
    {
        var app = await StartAsync(options => options.Security.AllowAnonymous = false);
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        await socket.ConnectAsync(SocketOf(app), TestContext.Current.CancellationToken);
        await socket.SendAsync("""{"id":1,"connect":{}}"""u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var answer = await socket.ReceiveAsync(new byte[1024], TestContext.Current.CancellationToken);
        Assert.Equal(3501, (int?)answer.CloseStatus);

        await using var client = await Subscriber.ConnectAsync(SocketOf(app), [], await SignInAsync(app, "42"));
        await client.CommandAsync("subscribe", new { channel = "plain" });
    }

    [Fact]
    public async Task The_publisher_answers_in_the_order_of_the_channels()
    {
        var app = await StartAsync();
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), ["a"], await SignInAsync(app, "42"));

        var results = await Publisher(app).PublishAsync(
            new Notification { Channels = ["b", "a", "b"], Data = "{\r\n\"x\" :\n1.0}"u8.ToArray(), Tags = new Dictionary<string, string> { ["kind"] = "test" } },
            TestContext.Current.CancellationToken);

        Assert.Equal(["b", "a", "b"], results.Select(result => result.Channel));
        Assert.All(results, result => Assert.Null(result.Error));
        var (_, data, publication) = await client.NextAsync();
        Assert.Equal("""{"x" :1.0}""", data);
        Assert.Equal("test", publication.GetProperty("tags").GetProperty("kind").GetString());
    }

    public static TheoryData<string, Notification, string, bool> Invalid => new()
    {
        { "channels", With([]), "channels", false },
        { "channel", With(["bad name"]), "channel", false },
        { "namespace", With(["nowhere:a"]), "channel", false },
        { "second channel", With(["a", ""]), "channels[1]", false },
        { "null channel", With(["a", null!]), "channels[1]", false },
        { "too many", With([.. Enumerable.Range(0, 1001).Select(i => $"{i}")]), "channels", false },
        { "empty data", With(["a"], ""u8), "data", false },
        { "not JSON", With(["a"], "{"u8), "data", false },
        { "two values", With(["a"], "1 2"u8), "data", false },
        { "not UTF-8", With(["a"], [(byte)'"', 0xff, (byte)'"']), "data", false },
        { "too deep", With(["a"], System.Text.Encoding.UTF8.GetBytes(PublishTests.Nested(65))), "data", false },
        { "too large", With(["a"], System.Text.Encoding.UTF8.GetBytes($"\"{new string('x', 65535)}\"")), "data", true },
        { "empty key", With(["a"], ("", "x")), "tags", false },
        { "null value", With(["a"], ("x", null!)), "tags.x", false },
        { "long value", With(["a"], ("x", new string('x', 257))), "tags", false },
        { "half a character", With(["a"], ("x", "\ud800")), "tags", false },
    };

    [Theory]
    [MemberData(nameof(Invalid), DisableDiscoveryEnumeration = true)]
    public async Task The_publisher_refuses_what_the_API_refuses(string what, Notification notification, string field, bool tooLarge)
    {
        var app = await StartAsync();
        var invalid = await Assert.ThrowsAsync<InvalidNotificationException>(
            async () => await Publisher(app).PublishAsync(notification, TestContext.Current.CancellationToken));
        Assert.True(field == invalid.Field, $"{what}: {invalid.Message}");
        Assert.Equal(tooLarge, invalid.IsTooLarge);
        Assert.StartsWith(field + " ", invalid.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_API_a_host_in_Production_needs_no_key()
    {
        var app = await StartAsync(options => options.Api.Enabled = false, Environments.Production);
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostNotificationAsync("""{"channel":"a","data":1}""")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.FetchAsync("/openapi/v1.json")).StatusCode);

        await using var client = await Subscriber.ConnectAsync(SocketOf(app), ["a"], await SignInAsync(app, "42"));
        await Publisher(app).PublishAsync(Notification.ToChannel("a", 1), TestContext.Current.CancellationToken);
        Assert.Equal("1", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task With_the_API_a_host_in_Production_does_not_start_without_a_key() =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(environment: Environments.Production));

    [Fact]
    public async Task What_the_host_sets_in_code_comes_after_its_configuration()
    {
        var app = await StartAsync(
            options =>
            {
                options.Api.MaxTargets = 2;
                options.Namespaces["late"] = new ChannelOptions { Subscribe = ChannelAccess.Anonymous };
                options.Security.ApiKeys.Add("a-key-0123456789");
            },
            configuration: [new("PushGateway:Api:MaxTargets", "1"), new("PushGateway:Namespaces:early:Subscribe", "Anonymous"), new("PushGateway:Api:MaxTags", "0")]);
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        await (await http.FetchAsync("/v1/nodes")).ReadProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        http.DefaultRequestHeaders.Add("X-API-Key", "a-key-0123456789");
        await (await http.PostNotificationAsync("""{"channels":["late:a","early:b"],"data":1}""")).ReadAsync();
        await (await http.PostNotificationAsync("""{"channel":"a","data":1,"tags":{"x":"y"}}""")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), "late:a", "early:b");
    }

    [Fact]
    public async Task What_a_publisher_of_the_host_has_changed_is_checked()
    {
        var app = await StartAsync(prepare: builder => builder.Services
            .AddSingleton<NotificationPublisher>()
            .AddSingleton<INotificationPublisher>(services => new ChangingPublisher(services.GetRequiredService<NotificationPublisher>())));
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), ["a"], await SignInAsync(app, "42"));

        var problem = await (await http.PostNotificationAsync("""{"channel":"a","data":1,"tags":{"break":"data"}}""")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("data", problem.Field());
        problem = await (await http.PostNotificationAsync("""{"channel":"a","data":1,"tags":{"break":"channel"}}""")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal("channel", problem.Field());
        await (await http.PostNotificationAsync("""{"channel":"a","data":2}""")).ReadAsync();
        Assert.Equal("2", (await client.NextAsync()).Data);
    }

    [Fact]
    public async Task The_gateway_can_be_put_under_a_path()
    {
        var app = await StartAsync(map: app => app.MapGroup("/push").MapPushGateway());
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        await using var client = await Subscriber.ConnectAsync(new Uri($"ws://{AddressOf(app).Authority}/push/connection/websocket"), [], await SignInAsync(app, "42"));
        using var body = new StringContent("""{"user":"42","data":1}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        await (await http.PostAsync(new Uri("/push/v1/notifications", UriKind.Relative), body, TestContext.Current.CancellationToken)).ReadAsync();
        Assert.Equal("1", (await client.NextAsync()).Data);
        Assert.Equal(HttpStatusCode.NotFound, (await http.FetchAsync("/v1/nodes")).StatusCode);
    }

    [Fact]
    public async Task Conventions_of_the_host_reach_every_address()
    {
        var app = await StartAsync(
            prepare: builder => builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build()),
            map: app =>
            {
                app.UseAuthorization();
                app.MapPushGateway().AllowAnonymous();
                app.MapGet("/guarded", () => "");
            });
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = AddressOf(app) };
        Assert.Equal(HttpStatusCode.Redirect, (await http.FetchAsync("/guarded")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.FetchAsync("/v1/nodes")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.FetchAsync("/openapi/v1.json")).StatusCode);
        Assert.Equal(HttpStatusCode.UpgradeRequired, (await http.FetchAsync("/connection/websocket")).StatusCode);
    }

    [Fact]
    public async Task A_body_over_the_limit_of_the_host_is_too_large_as_well()
    {
        var app = await StartAsync(prepare: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 1000));
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        await (await http.PostNotificationAsync("""{"channel":"a","data":1}""".PadLeft(1001))).ReadProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Fact]
    public async Task Clients_are_requests_of_the_host_where_it_does_not_ask_for_anything_else()
    {
        var app = await StartAsync(options => options.Channels.Subscribe = ChannelAccess.Anonymous);
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), "a");
        Assert.Equal(0, NodeInside.CountBare(app.Services));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // Added before the server is.
    public async Task A_host_may_have_its_anonymous_clients_served_on_bare_sockets(bool early)
    {
        var app = await StartAsync(
            options => options.Channels.Subscribe = ChannelAccess.Anonymous,
            prepare: builder => builder.Services.AddPushGateway().AddSocketListener().AddSocketListener(),
            early: early);
        await using var client = await Subscriber.ConnectAsync(SocketOf(app), "a");
        Assert.Equal(1, NodeInside.CountBare(app.Services));
        await Publisher(app).PublishAsync(Notification.ToChannel("a", 1), TestContext.Current.CancellationToken);
        Assert.Equal("1", (await client.NextAsync()).Data);

        // Who signs in is asked for by a query, which makes the client a request.
        await using var user = await Subscriber.ConnectAsync(new Uri(SocketOf(app) + "?signed-in"), [], await SignInAsync(app, "42"));
        await Publisher(app).PublishAsync(Notification.ToUser("42", 2), TestContext.Current.CancellationToken);
        Assert.Equal("2", (await user.NextAsync()).Data);
        Assert.Equal(1, NodeInside.CountBare(app.Services));
    }

    [Fact]
    public async Task Requests_that_the_socket_listener_passes_on_find_the_servers_own_memory()
    {
        var app = await StartAsync(
            prepare: builder => builder.Services.AddPushGateway().AddSocketListener(),
            map: host =>
            {
                host.MapPushGateway();
                host.MapGet("/bare", context =>
                {
                    // Fails on memory that may be empty.
                    context.Response.BodyWriter.Write("written without asking for room"u8);
                    return Task.CompletedTask;
                });
            });
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        Assert.Equal("written without asking for room", await http.GetStringAsync(new Uri("/bare", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Mapping_without_adding_says_what_is_missing()
    {
        var app = WebApplication.CreateBuilder().Build();
        var missing = Assert.Throws<InvalidOperationException>(() => app.MapPushGateway());
        Assert.Contains("AddPushGateway", missing.Message, StringComparison.Ordinal);
    }

    /// <summary>An application as a reader of the documentation would write it: cookies, a page to sign in, and the gateway.</summary>
    private async Task<WebApplication> StartAsync(
        Action<PushGatewayOptions>? configure = null,
        string environment = "Development",
        KeyValuePair<string, string?>[]? configuration = null,
        Action<WebApplicationBuilder>? prepare = null,
        Action<WebApplication>? map = null,
        bool early = false)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment });
        if (early)
            prepare?.Invoke(builder);
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(configuration ?? []);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRouting();
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
        builder.Services.AddPushGateway(configure);
        if (!early)
            prepare?.Invoke(builder);

        var app = builder.Build();
        _running.Add(app);
        app.UseRouting();
        app.UseAuthentication();
        app.MapPost("/sign-in/{user}", (HttpContext context, string user) => context.SignInAsync(
            new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], CookieAuthenticationDefaults.AuthenticationScheme))));
        (map ?? (host => host.MapPushGateway()))(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task<Action<System.Net.WebSockets.ClientWebSocketOptions>> SignInAsync(WebApplication app, string user)
    {
        var cookies = new CookieContainer();
        using var handler = new SocketsHttpHandler { CookieContainer = cookies };
        using var http = new HttpClient(handler) { BaseAddress = AddressOf(app) };
        (await http.PostAsync(new Uri($"/sign-in/{user}", UriKind.Relative), null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        return options => options.Cookies = cookies;
    }

    private static Notification With(string[] channels, ReadOnlySpan<byte> data, params (string Key, string Value)[] tags) =>
        new() { Channels = channels, Data = data.ToArray(), Tags = tags.Length > 0 ? tags.ToDictionary(tag => tag.Key, tag => tag.Value) : null };

    private static Notification With(string[] channels, params (string Key, string Value)[] tags) => With(channels, "1"u8, tags);

    /// <summary>Stands in front of the gateway's publisher, and breaks what it is told to.</summary>
    private sealed class ChangingPublisher(NotificationPublisher gateway) : INotificationPublisher
    {
        public ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification, CancellationToken cancellationToken = default) =>
            gateway.PublishAsync(notification.Tags?.GetValueOrDefault("break") switch
            {
                "data" => notification with { Data = "{"u8.ToArray() },
                "channel" => notification with { Channels = ["no name"] },
                _ => notification,
            }, cancellationToken);
    }

    private static INotificationPublisher Publisher(WebApplication app) => app.Services.GetRequiredService<INotificationPublisher>();

    private static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private static Uri SocketOf(WebApplication app) => new($"ws://{AddressOf(app).Authority}/connection/websocket");
}
