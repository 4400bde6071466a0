using PushGateway.Load;

namespace PushGateway.Benchmarks.Scale;

/// <summary>What came of publications, over all processes.</summary>
internal sealed class Posted(int count)
{
    private readonly Histogram _latency = new();
    private readonly Dictionary<uint, long> _last = [];

    public int Count { get; } = count;

    public long Delivered => _latency.Count;

    public long Lost { get; set; }

    public int Refused { get; set; }

    public double MedianMilliseconds => _latency.Quantile(0.5) / 1e6;

    public double P99Milliseconds => _latency.Quantile(0.99) / 1e6;

    /// <summary>The median over publications of the time until the last client had them.</summary>
    public double LastMilliseconds
    {
        get
        {
            var last = new Histogram();
            foreach (var nanoseconds in _last.Values)
                last.Add(nanoseconds);
            return last.Quantile(0.5) / 1e6;
        }
    }

    public void Add(Arrived arrived)
    {
        _latency.Add(arrived.Latency, arrived.Max);
        foreach (var (number, nanoseconds) in arrived.Last)
            _last[number] = Math.Max(_last.GetValueOrDefault(number), nanoseconds);
    }
}
