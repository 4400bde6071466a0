using Microsoft.Extensions.Diagnostics.HealthChecks;
using PushGateway.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts the gateway among the health checks of an application.</summary>
public static class PushGatewayHealthChecks
{
    /// <summary>Adds what <c>/health/ready</c> answers as a check. For readiness alone: an application that were restarted for it would lose its clients whenever the broker is away.</summary>
    /// <param name="builder">The checks of the application, which has called <c>AddPushGateway()</c>.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">What is reported while the gateway is not ready. Default <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <returns>The same builder.</returns>
    public static IHealthChecksBuilder AddPushGateway(
        this IHealthChecksBuilder builder, string name = "pushgateway", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null) =>
        builder.AddCheck<ReadinessCheck>(name, failureStatus, tags ?? []);
}
