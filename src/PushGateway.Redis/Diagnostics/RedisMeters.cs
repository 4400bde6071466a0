using System.Diagnostics.Metrics;

namespace PushGateway.Redis.Diagnostics;

/// <summary>The meter of what the gateway does with Redis. What its instruments are called in Prometheus, and what they count, is in <c>docs/operations.md</c>.</summary>
internal sealed class RedisMeters
{
    /// <summary>The name to listen to.</summary>
    public const string Name = "PushGateway.Redis";

    // From half a millisecond, which is a Redis nearby, to ten seconds, at which nobody waits any more.
    private static readonly double[] Seconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

    private readonly Meter _meter;
    private readonly Histogram<double> _roundTrip;
    private long _failedHeartbeats, _reaps;

    public RedisMeters(IMeterFactory factory)
    {
        _meter = factory.Create(Name, typeof(RedisMeters).Assembly.GetName().Version?.ToString(3));
        _roundTrip = _meter.CreateHistogram(
            "pushgateway.redis.round_trip", "s", "What the node's heartbeat took in Redis and back.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });

        // Read when somebody looks, and so shown from the start: of a counter that begins with its first event nobody sees it rise.
        _meter.CreateObservableCounter("pushgateway.redis.heartbeats_failed", () => Volatile.Read(ref _failedHeartbeats), "{heartbeat}", "Heartbeats that failed.");
        _meter.CreateObservableCounter("pushgateway.presence.reaps", () => Volatile.Read(ref _reaps), "{node}", "Nodes that were found dead and whose members this node took out.");
    }

    /// <summary>Begins to show connections, by what they are for.</summary>
    public void Show(ConnectionCount receiving, ConnectionCount publishing, ConnectionCount commands)
    {
        _meter.CreateObservableUpDownCounter("pushgateway.redis.connections", () => Each(static count => count.Open), "{connection}", "Connections open now.");
        _meter.CreateObservableCounter("pushgateway.redis.connects", () => Each(static count => count.Opened), "{connection}", "Connections made.");
        _meter.CreateObservableCounter("pushgateway.redis.disconnects", () => Each(static count => count.Closed), "{connection}", "Connections lost.");

        Measurement<long>[] Each(Func<ConnectionCount, long> value) =>
            [For("receiving", value(receiving)), For("publishing", value(publishing)), For("commands", value(commands))];

        static Measurement<long> For(string purpose, long value) => new(value, new KeyValuePair<string, object?>("purpose", purpose));
    }

    /// <summary>Begins to show how many members the node keeps.</summary>
    public void ShowMembers(Func<int> count) =>
        _meter.CreateObservableUpDownCounter("pushgateway.presence.members", count, "{member}", "Members of channels that this node keeps in Redis.");

    /// <summary>Begins to show how many nodes there are.</summary>
    public void ShowNodes(Func<int> count) => _meter.CreateObservableUpDownCounter("pushgateway.nodes", count, "{node}", "Nodes of the cluster, as this one sees it.");

    /// <summary>A heartbeat was answered.</summary>
    public void Beaten(TimeSpan roundTrip) => _roundTrip.Record(roundTrip.TotalSeconds);

    /// <summary>A heartbeat failed.</summary>
    public void BeatFailed() => Interlocked.Increment(ref _failedHeartbeats);

    /// <summary>All members of a dead node are taken out.</summary>
    public void Reaped() => Interlocked.Increment(ref _reaps);
}
