using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PushGateway;
using PushGateway.Api;
using PushGateway.Api.Batch;
using PushGateway.Hosting;
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
        all.Map("/connection/websocket", clients.ServeAsync);
        if (options.Echo.Enabled ?? services.GetRequiredService<IHostEnvironment>().IsDevelopment())
            all.Map("/echo", services.GetRequiredService<EchoEndpoint>().ServeAsync);
        if (options.Health.Enabled)
            services.GetRequiredService<HealthEndpoints>().Map(all);
        if (options.Api.Enabled)
            MapApi(all, services);
        return all;
    }

    private static void MapApi(RouteGroupBuilder endpoints, IServiceProvider services)
    {
        var guard = services.GetRequiredService<ApiGuard>();
        var cluster = services.GetRequiredService<ClusterEndpoints>();
        var orders = services.GetRequiredService<UserConnectionsEndpoint>();
        var history = services.GetRequiredService<HistoryEndpoint>();
        var presence = services.GetRequiredService<PresenceEndpoints>();
        Serve("/v1/notifications", (HttpMethods.Post, services.GetRequiredService<NotificationsEndpoint>().ServeAsync));
        Serve(BatchEndpoint.Route, (HttpMethods.Post, services.GetRequiredService<BatchEndpoint>().ServeAsync));
        Serve("/v1/channels", (HttpMethods.Get, cluster.ServeChannelsAsync));
        Serve(HistoryEndpoint.Route, (HttpMethods.Get, history.ReadAsync), (HttpMethods.Delete, history.RemoveAsync));
        Serve(PresenceEndpoints.ChannelRoute, (HttpMethods.Get, presence.ReadAsync));
        Serve(PresenceEndpoints.StatsRoute, (HttpMethods.Get, presence.CountAsync));
        Serve(PresenceEndpoints.UserRoute, (HttpMethods.Get, presence.ReadUserAsync));
        Serve(PresenceEndpoints.QueryRoute, (HttpMethods.Post, presence.ReadUsersAsync));
        Serve(UserConnectionsEndpoint.ConnectionsRoute, (HttpMethods.Delete, orders.DisconnectAsync));
        Serve(UserConnectionsEndpoint.SubscriberRoute, (HttpMethods.Delete, orders.UnsubscribeAsync));
        Serve(UserConnectionsEndpoint.SubscriptionsRoute, (HttpMethods.Post, orders.SubscribeAsync));
        Serve(RevocationsEndpoint.Route, (HttpMethods.Post, services.GetRequiredService<RevocationsEndpoint>().ServeAsync));
        Serve("/v1/nodes", (HttpMethods.Get, cluster.ServeNodesAsync));
        endpoints.Map("/v1/{**rest}", guard.ServeUnknownAsync);
        endpoints.MapGet("/openapi/v1.json", OpenApiEndpoint.ServeAsync);

        void Serve(string path, params (string Method, RequestDelegate Handler)[] handlers) => endpoints.Map(path, context => guard.ServeAsync(context, handlers));
    }
}
