using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Metrics;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>Health and metrics on a port of their own, and where they are without one.</summary>
public sealed class ManagementTests
{
    private static readonly string[] ForOperators = ["/health/live", "/health/ready", "/health/startup", "/metrics"];
    private static readonly string[] ForOthers = ["/connection/websocket", "/v1/nodes", "/v1/none", "/openapi/v1.json"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_with_a_management_port_serves_operators_there_and_all_others_elsewhere()
    {
        var port = RedisHost.FindPort();
        await using var node = await NodeProcess.StartAsync("", Cancellation, ("PushGateway:Management:Port", port.ToString(CultureInfo.InvariantCulture)));
        using var management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), DefaultRequestHeaders = { { "X-API-Key", NodeProcess.Key } } };
        await Eventually.EqualAsync(true, () => AnswersAsync(management));
        foreach (var path in ForOperators)
        {
            Assert.Equal(HttpStatusCode.OK, (await management.FetchAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await node.Http.FetchAsync(path)).StatusCode);
        }

        foreach (var path in ForOthers)
        {
            Assert.Equal(HttpStatusCode.NotFound, (await management.FetchAsync(path)).StatusCode);
            Assert.True((await node.Http.FetchAsync(path)).StatusCode != HttpStatusCode.NotFound || path == "/v1/none", path);
        }

        // By the port that the request came to, and not by what it says.
        using var forged = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = $"127.0.0.1:{port}" } };
        using var answer = await node.Http.SendAsync(forged, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => RawClient.ConnectAsync(new Uri($"ws://127.0.0.1:{port}/connection/websocket")));

        // The node is known by the address of its clients.
        Assert.Contains($"\"address\":\"{node.Address.OriginalString.TrimEnd('/')}\"", await node.Http.GetStringAsync(new Uri("v1/nodes", UriKind.Relative), Cancellation), StringComparison.Ordinal);
        await using var client = await RawClient.ConnectAsync(new Uri(node.WebSocket), "news");
        await Eventually.EqualAsync(1, async () => (await MetricsPage.ReadAsync(management)).Sum("pushgateway_connections"));
    }

    [Theory]
    [InlineData("Development", null, HttpStatusCode.OK)]
    [InlineData("Development", "false", HttpStatusCode.NotFound)]
    [InlineData("Production", null, HttpStatusCode.NotFound)]
    [InlineData("Production", "true", HttpStatusCode.OK)]
    public async Task Without_one_metrics_are_open_in_Development_or_where_that_is_said(string environment, string? enabled, HttpStatusCode status)
    {
        await using var node = GatewayNode.StartIn(environment, ("PushGateway:Security:ApiKeys:0", "a-key-of-the-management-tests"), ("PushGateway:Metrics:Enabled", enabled ?? ""));
        Assert.Equal(status, (await node.Http.FetchAsync("/metrics")).StatusCode);
    }

    [Fact]
    public async Task A_host_that_listens_on_the_port_serves_health_there_and_keeps_addresses_of_its_own()
    {
        var port = RedisHost.FindPort();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.WebHost.UseUrls("http://127.0.0.1:0", $"http://127.0.0.1:{port}");
        builder.Services.AddPushGateway(options => options.Management.Port = port).AddSocketListener();
        await using var app = builder.Build();
        app.MapPushGateway();
        app.MapGet("/health/live", (HttpContext _) => "the host's own").WithOrder(2);
        await app.StartAsync(Cancellation);
        var main = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single(address => !address.EndsWith($":{port}", StringComparison.Ordinal));
        using var http = new HttpClient();
        Assert.Equal("""{"status":"live"}""", await http.GetStringAsync($"http://127.0.0.1:{port}/health/live", Cancellation));
        Assert.Equal("the host's own", await http.GetStringAsync($"{main}/health/live", Cancellation));
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health/live", Cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
