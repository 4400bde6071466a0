using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.Diagnostics;

namespace PushGateway.Tests;

/// <summary>Makes meters as a host does.</summary>
internal static class TestMeter
{
    public static GatewayMeter New() => new(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
}
