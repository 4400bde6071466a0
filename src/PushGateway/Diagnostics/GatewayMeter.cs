using System.Diagnostics.Metrics;
using PushGateway.Cluster;

namespace PushGateway.Diagnostics;

/// <summary>The meter of the gateway. What its instruments are called in Prometheus, and what they count, is in <c>docs/operations.md</c>.</summary>
internal sealed class GatewayMeter(IMeterFactory factory)
{
    /// <summary>The name to listen to.</summary>
    public const string Name = "PushGateway";

    /// <summary>The label for the namespace of a channel. Not <c>namespace</c>, which is that of Kubernetes to whoever scrapes there.</summary>
    public const string ChannelNamespace = "channel_namespace";

    /// <summary>The label for an outcome.</summary>
    public const string Outcome = "outcome";

    /// <summary>Seconds. From half a millisecond, below which nobody notices, to ten seconds, at which publishers have given up.</summary>
    private static readonly double[] Seconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    /// <summary>What instruments are made of.</summary>
    public Meter Meter { get; } = factory.Create(Name, LocalNode.Version);

    /// <summary>Makes a histogram of times.</summary>
    public Histogram<double> CreateTimes(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

    /// <summary>Makes a label.</summary>
    public static KeyValuePair<string, object?> Label(string name, object? value) => new(name, value);
}
