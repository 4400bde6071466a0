using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>What one meter factory's instruments have counted since this began. A histogram counts how often it was told something.</summary>
internal sealed class MeterReading : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);

    public MeterReading(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == factory)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, _, labels, _) => Take(instrument, 1, labels));
        _listener.Start();
    }

    /// <summary>What an instrument says now.</summary>
    /// <param name="instrument">Its name, and for labels their values behind it, each with a space.</param>
    public double Of(string instrument)
    {
        _listener.RecordObservableInstruments();
        return _values.GetValueOrDefault(instrument);
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var name = instrument.Name;
        foreach (var (_, label) in labels)
            name += $" {label}";
        if (instrument.IsObservable)
            _values[name] = value;
        else
            _values.AddOrUpdate(name, value, (_, sum) => sum + value);
    }
}
