using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway;
using PushGateway.Diagnostics;
using PushGateway.Api;
using PushGateway.Api.Batch;
using PushGateway.Brokers;
using PushGateway.Brokers.Memory;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Diagnostics.Floods;
using PushGateway.Fanout;
using PushGateway.Hosting;
using PushGateway.Notifications;
using PushGateway.Presence;
using PushGateway.Security;
using PushGateway.Security.Authorization;
using PushGateway.Security.Callbacks;
using PushGateway.Security.Origins;
using PushGateway.Security.Revocations;
using PushGateway.Security.Tokens;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the gateway into an application.</summary>
public static class PushGatewayServices
{
    /// <summary>
    /// Adds the gateway with its embedded broker: one node that shares nothing. Settings come from the section <c>PushGateway</c> of the configuration.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes settings after the configuration was read.</param>
    /// <returns>For packages that add to the gateway, such as <c>AddRedis()</c>.</returns>
    public static PushGatewayBuilder AddPushGateway(this IServiceCollection services, Action<PushGatewayOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<PushGatewayOptions>().BindConfiguration(PushGatewayOptions.Section).ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        options.PostConfigure<FloodLimit>(static (settings, limit) => limit.PerSecond = settings.Logs.MaxEventsPerSecond);
        CollapsingLoggerFactory.AddTo(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, PushGatewayOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, OriginsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, UnknownSettings>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, ApiKeyOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<LoggerFilterOptions>, QuietPublishes>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, CallbackOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, TokenOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);

        services.AddMetrics();
        services.TryAddSingleton<GatewayMeter>();
        services.TryAddSingleton<ConnectionMeters>();
        services.TryAddSingleton<DeliveryMeters>();
        services.TryAddSingleton<PublishMeters>();
        services.TryAddSingleton<NodeGauges>();

        services.TryAddSingleton<MemoryBroker>();
        services.TryAddSingleton<IBroker>(provider => provider.GetRequiredService<MemoryBroker>());
        services.TryAddSingleton<IPresence, MemoryPresence>();
        services.TryAddSingleton<ICluster, SingleNode>();
        services.TryAddSingleton<ChannelDirectory>();
        services.TryAddSingleton<Mender>();
        services.TryAddSingleton<Hub>();
        services.TryAddSingleton<Recovery>();
        services.TryAddSingleton<PositionCheck>();
        services.TryAddSingleton<LocalNode>();
        services.TryAddSingleton<PresenceListener>();

        services.TryAddSingleton<Sweeper>();
        services.TryAddSingleton<ConnectionRegistry>();
        services.TryAddSingleton<Admission>();
        services.TryAddSingleton<Audit>();
        services.TryAddSingleton<PublishedKeys>();
        services.TryAddSingleton<ClientTokens>();
        services.TryAddSingleton<Callbacks>();
        services.TryAddSingleton<ConnectCallback>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PushGatewayOptions>, RevocationOptionsValidator>());
        services.TryAddSingleton<IChannelAuthorizer, HttpAuthorizer>();
        services.TryAddSingleton<Revocations>();
        services.TryAddSingleton<RevocationHandler>();
        services.TryAddSingleton<ITokenRevocations, TokenRevocations>();
        services.TryAddSingleton<ClientPermissions>();
        services.TryAddSingleton<ClientIdentities>();
        services.TryAddSingleton<ClientCredentials>();
        services.TryAddSingleton<SubscriptionGate>();
        services.TryAddSingleton<ConnectHandler>();
        services.TryAddSingleton<RefreshHandler>();
        services.TryAddSingleton<PublishHandler>();
        services.TryAddSingleton<SubscribeHandler>();
        services.TryAddSingleton<HistoryHandler>();
        services.TryAddSingleton<OrderRules>();
        services.TryAddSingleton<OrderHandler>();
        services.TryAddSingleton<IUserConnections, UserConnections>();
        services.TryAddSingleton<PresenceHandler>();
        services.TryAddSingleton<CommandHandler>();
        services.TryAddSingleton<OriginRules>();
        services.TryAddSingleton<WantedHeaders>();
        services.TryAddSingleton<WebSocketHandshake>();
        services.TryAddSingleton<ClientMessages>();
        services.TryAddSingleton<ClientEndpoint>();
        services.TryAddSingleton<EchoEndpoint>();

        services.TryAddSingleton<NotificationRules>();
        services.TryAddSingleton<INotificationPublisher, NotificationPublisher>();
        services.TryAddSingleton<IChannelHistory, ChannelHistory>();
        services.TryAddSingleton<IPresenceReader, PresenceReader>();
        services.TryAddSingleton<ApiKeys>();
        services.TryAddSingleton<ApiGuard>();
        services.AddCors();
        services.TryAddSingleton<ApiOrigins>();
        services.TryAddSingleton<NotificationsEndpoint>();
        services.TryAddSingleton<BatchEndpoint>();
        services.TryAddSingleton<HistoryEndpoint>();
        services.TryAddSingleton<PresenceEndpoints>();
        services.TryAddSingleton<ClusterEndpoints>();
        services.TryAddSingleton<UserConnectionsEndpoint>();
        services.TryAddSingleton<RevocationsEndpoint>();

        services.TryAddSingleton<NodeState>();
        services.TryAddSingleton<Readiness>();
        services.TryAddSingleton<ManagementPort>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ManagementPort>(provider => provider.GetRequiredService<ManagementPort>()));
        services.TryAddSingleton<HealthEndpoints>();
        services.TryAddSingleton<ShutdownTimes>();
        services.TryAddSingleton<Drain>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HostOptions>, ShutdownTimes>());

        services.AddHostedService(provider => provider.GetRequiredService<Sweeper>());
        services.AddHostedService<ApiKeyReloads>();
        services.AddHostedService<AuthorizerCheck>();
        services.AddHostedService(provider => provider.GetRequiredService<PublishedKeys>());
        services.AddHostedService<NodeService>();
        services.AddHostedService(provider => provider.GetRequiredService<PositionCheck>());
        services.AddHostedService<MemoryRelease>();
        return new PushGatewayBuilder(services);
    }
}
