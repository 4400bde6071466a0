using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>What a node answers to balancers and orchestrators.</summary>
public sealed class HealthTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    [InlineData("/health/startup", "started")]
    public async Task A_node_that_works_says_so_to_anybody(string path, string status)
    {
        await using var node = GatewayNode.StartIn(Environments.Production, ("PushGateway:Security:ApiKeys:0", "a-key-of-the-health-tests"));
        await AssertAsync(node.Http, path, HttpStatusCode.OK, $$"""{"status":"{{status}}"}""");

        using var head = await node.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Cancellation);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Empty(await head.Content.ReadAsStringAsync(Cancellation));
        using var post = await node.Http.PostAsync(new Uri(path, UriKind.Relative), null, Cancellation);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task A_node_whose_broker_does_not_work_lives_and_says_why_it_is_not_ready()
    {
        await using var node = GatewayNode.StartWith(BreakBroker);
        await AssertAsync(node.Http, "/health/ready", HttpStatusCode.ServiceUnavailable, """{"status":"unready","reasons":{"broker":"The test has cut the line."}}""");
        await AssertAsync(node.Http, "/health/live", HttpStatusCode.OK, """{"status":"live"}""");
        await AssertAsync(node.Http, "/health/startup", HttpStatusCode.OK, """{"status":"started"}""");
        using var head = await node.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health/ready"), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, head.StatusCode);
    }

    [Fact]
    public async Task A_node_is_not_ready_before_its_whole_host_has_started()
    {
        using var others = new SemaphoreSlim(0);
        var builder = Builder();
        await using var app = Build(builder, app => app.MapPushGateway(), services => services.AddHostedService(_ => new SlowService(others)));
        var starting = app.StartAsync(Cancellation);
        await Eventually.EqualAsync(true, () => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.All(address => !address.EndsWith(":0", StringComparison.Ordinal)));
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        await AssertAsync(http, "/health/live", HttpStatusCode.OK, """{"status":"live"}""");
        await AssertAsync(http, "/health/startup", HttpStatusCode.ServiceUnavailable, """{"status":"starting"}""");
        await AssertAsync(http, "/health/ready", HttpStatusCode.ServiceUnavailable, """{"status":"unready","reasons":{"node":"The node is starting."}}""");

        others.Release();
        await starting;
        await AssertAsync(http, "/health/startup", HttpStatusCode.OK, """{"status":"started"}""");
        await AssertAsync(http, "/health/ready", HttpStatusCode.OK, """{"status":"ready"}""");
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        await using var node = GatewayNode.Start(("PushGateway:Health:Enabled", "false"));
        foreach (var path in new[] { "/health/live", "/health/ready", "/health/startup" })
            Assert.Equal(HttpStatusCode.NotFound, (await node.Http.FetchAsync(path)).StatusCode);
    }

    [Fact]
    public async Task A_host_with_answers_of_its_own_keeps_them()
    {
        var builder = Builder();
        builder.Services.AddHealthChecks();
        await using var app = Build(builder, app =>
        {
            app.MapPushGateway();
            app.MapHealthChecks("/health/ready");
            app.MapGet("/health/live", () => "as ever");
        }, BreakBroker);
        await app.StartAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        Assert.Equal("Healthy", await http.GetStringAsync("/health/ready", Cancellation));
        Assert.Equal("as ever", await http.GetStringAsync("/health/live", Cancellation));
    }

    [Fact]
    public async Task A_host_can_have_the_gateway_among_its_checks()
    {
        var builder = Builder();
        builder.Services.AddHealthChecks().AddPushGateway(tags: ["ready"]);
        await using var app = Build(builder, app => app.MapHealthChecks("/checks"), BreakBroker);
        await app.StartAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        var answer = await http.FetchAsync("/checks");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("Unhealthy", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Who_probes_need_not_be_a_user_of_the_host()
    {
        var builder = Builder();
        builder.Services.AddAuthentication().AddCookie();
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        await using var app = Build(builder, app =>
        {
            app.UseAuthorization();
            app.MapPushGateway().RequireAuthorization();
        });
        await app.StartAsync(Cancellation);
        using var http = new HttpClient { BaseAddress = AddressOf(app) };
        await AssertAsync(http, "/health/ready", HttpStatusCode.OK, """{"status":"ready"}""");
    }

    internal static async Task AssertAsync(HttpClient http, string path, HttpStatusCode status, string body)
    {
        using var answer = await http.FetchAsync(path);
        Assert.Equal((status, body), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation)));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    private static void BreakBroker(IServiceCollection services)
    {
        var broken = new BrokenBroker();
        services.AddSingleton<IBroker>(broken).AddSingleton<ICluster>(broken);
    }

    private static WebApplicationBuilder Builder()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        return builder;
    }

    private static WebApplication Build(WebApplicationBuilder builder, Action<WebApplication> map, Action<IServiceCollection>? services = null)
    {
        services?.Invoke(builder.Services);
        builder.Services.AddPushGateway();
        var app = builder.Build();
        app.UseRouting();
        map(app);
        return app;
    }

    private static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>A service of the host that is started behind the server, and takes its time.</summary>
    private sealed class SlowService(SemaphoreSlim others) : IHostedLifecycleService
    {
        public Task StartedAsync(CancellationToken cancellationToken) => others.WaitAsync(cancellationToken);

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
