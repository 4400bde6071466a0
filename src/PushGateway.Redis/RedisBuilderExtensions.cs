using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Hosting;
using PushGateway.Presence;
using PushGateway.Redis;
using PushGateway.Redis.Brokers;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Diagnostics;
using PushGateway.Redis.Presence;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Makes nodes of the gateway share a Redis.</summary>
public static class RedisBuilderExtensions
{
    /// <summary>Uses Redis as the section <c>PushGateway:Redis</c> of the configuration says.</summary>
    public static PushGatewayBuilder AddRedis(this PushGatewayBuilder builder) => builder.AddRedis(static _ => { });

    /// <summary>Uses Redis as the section <c>PushGateway:Redis</c> of the configuration says, at this address.</summary>
    /// <param name="builder">The gateway.</param>
    /// <param name="connection">See <see cref="RedisOptions.Connection"/>.</param>
    public static PushGatewayBuilder AddRedis(this PushGatewayBuilder builder, string connection) =>
        builder.AddRedis(options => options.Connection = connection);

    /// <summary>Uses Redis as the section <c>PushGateway:Redis</c> of the configuration says, with changes.</summary>
    /// <param name="builder">The gateway.</param>
    /// <param name="configure">Changes what the section says.</param>
    public static PushGatewayBuilder AddRedis(this PushGatewayBuilder builder, Action<RedisOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        services.AddOptions<RedisOptions>().BindConfiguration(RedisOptions.Section).Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisOptions>, RedisOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.TryAddSingleton<RedisMeters>();
        services.TryAddSingleton<RedisConnection>();
        services.TryAddSingleton<Lease>();
        services.TryAddSingleton<RedisBroker>();
        services.Replace(ServiceDescriptor.Singleton<IBroker>(static provider => provider.GetRequiredService<RedisBroker>()));
        services.Replace(ServiceDescriptor.Singleton<ICluster, RedisCluster>());
        services.Replace(ServiceDescriptor.Singleton<IPresence, RedisPresence>());
        return builder;
    }
}
