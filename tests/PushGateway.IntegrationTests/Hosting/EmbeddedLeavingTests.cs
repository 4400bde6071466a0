using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Channels;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Hosting;

/// <summary>An application that hosts the gateway and is stopped by its own code.</summary>
public sealed class EmbeddedLeavingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_Development_its_clients_are_told_and_it_stops_at_once()
    {
        await using var app = await StartAsync("Development", _ => { });
        await using var client = await RawClient.ConnectAsync(AddressOf(app));
        var stopping = app.StopAsync(Cancellation);
        await client.ExpectCloseAsync(3001);
        await stopping;
    }

    [Fact]
    public async Task It_waits_for_the_drain_and_no_longer_than_the_application_wants()
    {
        await using var app = await StartAsync("Production", options => options.Shutdown.PauseSeconds = 3600);
        await using var client = await RawClient.ConnectAsync(AddressOf(app), "news");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var stopping = app.StopAsync(patience.Token);
        await using var late = await RawClient.ConnectAsync(AddressOf(app), "news");
        Assert.False(stopping.IsCompleted);

        await patience.CancelAsync();
        await client.ExpectCloseAsync(3001);
        await late.ExpectCloseAsync(3001);
        await stopping;
    }

    private static async Task<WebApplication> StartAsync(string environment, Action<PushGatewayOptions> configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddPushGateway(options =>
        {
            options.Api.Enabled = false;
            options.Security.AllowAnonymous = true;
            options.Channels.Subscribe = ChannelAccess.Anonymous;
            configure(options);
        });
        var app = builder.Build();
        app.UseRouting();
        app.MapPushGateway();
        await app.StartAsync(Cancellation);
        return app;
    }

    private static Uri AddressOf(WebApplication app)
    {
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new Uri($"ws://{address.Authority}/connection/websocket");
    }
}
