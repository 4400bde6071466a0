using PushGateway.Load;

namespace PushGateway.Benchmarks.Scale;

/// <summary>What came to the clients of one process.</summary>
internal sealed class Arrivals
{
    private readonly Histogram _latency = new();
    private readonly Dictionary<uint, long> _last = [];

    public void Add(Client client, Marker marker, long now)
    {
        _latency.Add(now - marker.Time);
        _last[marker.Number] = now - marker.Time;
    }

    /// <summary>What came since it was taken last.</summary>
    public Arrived Take(long cutOff)
    {
        var arrived = new Arrived(_latency.ToBuckets(), _latency.Max, new Dictionary<uint, long>(_last), cutOff);
        _latency.Clear();
        _last.Clear();
        return arrived;
    }
}

/// <summary>What came, as one process tells it to another.</summary>
/// <param name="Latency">Latencies, by the buckets of a <see cref="Histogram"/>.</param>
/// <param name="Max">The longest, in nanoseconds.</param>
/// <param name="Last">Of each publication, the latency of its last delivery.</param>
/// <param name="CutOff">How many clients were cut off since the process began.</param>
internal sealed record Arrived(Dictionary<int, long> Latency, long Max, Dictionary<uint, long> Last, long CutOff);
