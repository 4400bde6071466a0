using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>Holds <c>docs/balancers.md</c> to the truth: what it says of HAProxy and nginx serves clients and publishers.</summary>
public sealed class BalancerDocumentTests(RedisServer redis)
{
    private readonly string _channel = $"kept:{Guid.NewGuid():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HAProxy_serves_clients_and_publishers_as_documented()
    {
        await using GatewayNode one = StartNode(), two = StartNode();
        await using var balancer = await HaProxy.StartAsync([one.Address, two.Address], Cancellation);
        await balancer.ServesAsync([0, 1], Cancellation);
        await AssertServesAsync(balancer.Address);
    }

    [Fact]
    public async Task Nginx_serves_clients_and_publishers_as_documented()
    {
        await using GatewayNode one = StartNode(), two = StartNode();
        await using var balancer = await Nginx.StartAsync([one.Address, two.Address], Cancellation);
        await AssertServesAsync(balancer.Address);
    }

    [Fact]
    public async Task Nginx_passes_clients_on_whom_a_leaving_node_turns_away()
    {
        await using var node = StartNode();
        await using var leaving = await StartLeavingAsync();
        await using var balancer = await Nginx.StartAsync([new Uri(leaving.Urls.Single()), node.Address], Cancellation);
        for (var i = 0; i < 4; i++)
            Assert.Equal(101, await ShakeHandsAsync(balancer.Address, balancer.Address));
    }

    private async Task AssertServesAsync(Uri balancer)
    {
        // By the page's origin the node sees that it is asked by the balancer's name.
        Assert.Equal(101, await ShakeHandsAsync(balancer, balancer));
        Assert.Equal(403, await ShakeHandsAsync(balancer, new Uri("http://elsewhere.example")));

        await using var client = OfficialClient.Start([$"ws://{balancer.Authority}/connection/websocket"], [_channel]);
        await client.SubscribedAsync(1, Cancellation);
        using var http = new HttpClient { BaseAddress = balancer, DefaultRequestHeaders = { { "X-API-Key", NodeProcess.Key } } };
        for (var n = 0; n < 4; n++)
        {
            using var answer = await http.PostAsJsonAsync("/v1/notifications", new { channel = _channel, data = n }, Cancellation);
            answer.EnsureSuccessStatusCode();
            Assert.Equal(n, (await client.NextAsync("publication", Cancellation)).GetProperty("data").GetInt32());
        }

        using var health = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        Assert.Equal(404, (int)health.StatusCode);
    }

    private GatewayNode StartNode() => GatewayNode.StartIn(
        Environments.Production,
        ("PushGateway:Redis:Connection", redis.ConnectionString),
        ("PushGateway:Security:ApiKeys:0", NodeProcess.Key),
        ("PushGateway:Security:AllowAnonymous", "true"),
        ("PushGateway:Namespaces:kept:Subscribe", "Anonymous"));

    // All that a balancer sees of one.
    private static async Task<WebApplication> StartLeavingAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.Run(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        });
        await application.StartAsync(Cancellation);
        return application;
    }

    private static async Task<int> ShakeHandsAsync(Uri balancer, Uri page)
    {
        await using var socket = await RawWebSocket.DialAsync(new Uri($"ws://{balancer.Authority}/connection/websocket"));
        await socket.SendAsciiAsync(socket.HandshakeRequest("GET", ("Origin", $"http://{page.Authority}")));
        return (await socket.ReadHeadAsync()).Status;
    }
}
