using Microsoft.Extensions.DependencyInjection;

namespace PushGateway.Hosting;

/// <summary>What <c>AddPushGateway()</c> returns, for packages that add to the gateway.</summary>
public sealed class PushGatewayBuilder
{
    internal PushGatewayBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }
}
