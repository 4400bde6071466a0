using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace PushGateway.Hosting;

/// <summary>The readiness of the gateway among the checks of its host.</summary>
internal sealed class ReadinessCheck(Readiness readiness) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        readiness.WhyNot() is { } why
            ? new HealthCheckResult(context.Registration.FailureStatus, string.Join(' ', why.Values))
            : HealthCheckResult.Healthy());
}
