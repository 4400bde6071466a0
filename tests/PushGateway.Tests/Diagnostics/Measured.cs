using System.Diagnostics.Metrics;
using PushGateway.Diagnostics;

namespace PushGateway.Tests.Diagnostics;

/// <summary>What a meter has measured: sums of counters by their labels, and how many values histograms took.</summary>
internal sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _sums = [];

    public Measured(GatewayMeter gateway)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == gateway.Meter)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.Start();
    }

    /// <summary>By <c>name</c> or <c>name{label=value,label=value}</c>, the part behind <c>pushgateway.</c>; 0 for what was never measured. Of a histogram, the sum; with <c>#</c> behind the name, the count.</summary>
    public double this[string name]
    {
        get
        {
            lock (_sums)
                return _sums.GetValueOrDefault(name);
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var name = instrument.Name["pushgateway.".Length..];
        var of = labels.IsEmpty ? "" : $"{{{string.Join(',', labels.ToArray().OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"))}}}";
        lock (_sums)
        {
            _sums[name + of] = _sums.GetValueOrDefault(name + of) + value;
            _sums[$"{name}#{of}"] = _sums.GetValueOrDefault($"{name}#{of}") + 1;
        }
    }
}
