using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway;
using PushGateway.Api;
using PushGateway.Api.Batch;
using PushGateway.Hosting;
using PushGateway.Security;
using PushGateway.Transports.WebSockets;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the gateway's addresses into an application.</summary>
public static class PushGatewayEndpoints
{
    /// <summary>
    /// Maps <c>/connection/websocket</c> for clients, <c>/v1</c> with its description at <c>/openapi/v1.json</c> for back ends, <c>/health</c> for balancers, and <c>/echo</c> where it is switched on.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>All of them, for conventions such as <c>AllowAnonymous()</c>, which an application with a fallback authorization policy needs.</returns>
    /// <exception cref="InvalidOperationException"><c>AddPushGateway()</c> was not called.</exception>
    public static IEndpointConventionBuilder MapPushGateway(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var clients = services.GetService<ClientEndpoint>() ?? throw new InvalidOperationException("Call services.AddPushGateway() before app.MapPushGateway().");
        var options = services.GetRequiredService<IOptions<PushGatewayOptions>>().Value;

        var all = endpoints.MapGroup("");
        var management = services.GetRequiredService<ManagementPort>();
        var open = management.KeepOut(all.MapGroup(""));
        open.Map("/connection/websocket", clients.ServeAsync);
        if (options.Echo.Enabled ?? services.GetRequiredService<IHostEnvironment>().IsDevelopment())
            open.Map("/echo", services.GetRequiredService<EchoEndpoint>().ServeAsync);
        if (options.Health.Enabled)
            services.GetRequiredService<HealthEndpoints>().Map(management.Keep(all.MapGroup("")));
        if (options.Api.Enabled)
            MapApi(open, services);
        return all;
    }

    private static void MapApi(RouteGroupBuilder endpoints, IServiceProvider services)
    {
        var guard = services.GetRequiredService<ApiGuard>();
        var cluster = services.GetRequiredService<ClusterEndpoints>();
        var orders = services.GetRequiredService<UserConnectionsEndpoint>();
        var history = services.GetRequiredService<HistoryEndpoint>();
        var presence = services.GetRequiredService<PresenceEndpoints>();
        Serve("/v1/notifications", new ApiOperation(HttpMethods.Post, ApiScopes.Publish, ApiReach.Channels, services.GetRequiredService<NotificationsEndpoint>().ServeAsync));
        Serve(BatchEndpoint.Route, new ApiOperation(HttpMethods.Post, ApiScopes.Publish, ApiReach.Channels, services.GetRequiredService<BatchEndpoint>().ServeAsync));
        Serve("/v1/channels", new ApiOperation(HttpMethods.Get, ApiScopes.Read, ApiReach.Everything, cluster.ServeChannelsAsync));
        Serve(
            HistoryEndpoint.Route,
            new ApiOperation(HttpMethods.Get, ApiScopes.Read, ApiReach.Channels, history.ReadAsync),
            new ApiOperation(HttpMethods.Delete, ApiScopes.Admin, ApiReach.Channels, history.RemoveAsync));
        Serve(PresenceEndpoints.ChannelRoute, new ApiOperation(HttpMethods.Get, ApiScopes.Read, ApiReach.Channels, presence.ReadAsync));
        Serve(PresenceEndpoints.StatsRoute, new ApiOperation(HttpMethods.Get, ApiScopes.Read, ApiReach.Channels, presence.CountAsync));
        Serve(PresenceEndpoints.UserRoute, new ApiOperation(HttpMethods.Get, ApiScopes.Read, ApiReach.Users, presence.ReadUserAsync));
        Serve(PresenceEndpoints.QueryRoute, new ApiOperation(HttpMethods.Post, ApiScopes.Read, ApiReach.Users, presence.ReadUsersAsync));
        Serve(UserConnectionsEndpoint.ConnectionsRoute, new ApiOperation(HttpMethods.Delete, ApiScopes.Admin, ApiReach.Everything, orders.DisconnectAsync));
        Serve(UserConnectionsEndpoint.SubscriberRoute, new ApiOperation(HttpMethods.Delete, ApiScopes.Admin, ApiReach.Channels, orders.UnsubscribeAsync));
        Serve(UserConnectionsEndpoint.SubscriptionsRoute, new ApiOperation(HttpMethods.Post, ApiScopes.Admin, ApiReach.Channels, orders.SubscribeAsync));
        Serve(RevocationsEndpoint.Route, new ApiOperation(HttpMethods.Post, ApiScopes.Admin, ApiReach.Everything, services.GetRequiredService<RevocationsEndpoint>().ServeAsync));
        Serve("/v1/nodes", new ApiOperation(HttpMethods.Get, ApiScopes.Read, ApiReach.Everything, cluster.ServeNodesAsync));
        endpoints.Map("/v1/{**rest}", guard.ServeUnknownAsync);
        endpoints.MapGet("/openapi/v1.json", OpenApiEndpoint.ServeAsync);

        void Serve(string path, params ApiOperation[] operations) => endpoints.Map(path, context => guard.ServeAsync(context, operations));
    }
}
