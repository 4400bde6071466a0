using System.Globalization;
using System.Text;

namespace PushGateway.Load;

/// <summary>What came of a run. Its properties are those of the JSON.</summary>
internal sealed class LoadResult(LoadOptions options, Ledger ledger, TimeSpan cpu, double seconds)
{
    public string Mode { get; } = options.Rate > 0 ? "rate" : options.FlatOut > 0 ? "flat out" : "idle";

    public double Rate { get; } = options.Rate;

    public int FlatOut { get; } = options.FlatOut;

    public int Nodes { get; } = options.Nodes.Count;

    public int Channels { get; } = options.Channels;

    public int PayloadBytes { get; } = options.PayloadBytes;

    public int Connected { get; init; }

    public double ConnectSeconds { get; init; }

    /// <summary>Clients that were cut off while it was measured; they came back.</summary>
    public long CutOff { get; init; }

    public long Pings { get; init; }

    public double Seconds { get; } = seconds;

    public long Published { get; } = ledger.Published;

    public long Refused { get; } = ledger.Refused;

    public long Expected { get; } = ledger.Expected;

    public long Delivered { get; } = ledger.Delivered;

    public long Lost { get; } = ledger.Lost;

    public long Duplicates { get; } = ledger.Again;

    public long OutOfOrder { get; } = ledger.OutOfOrder;

    public double PublishedPerSecond { get; } = ledger.Published / seconds;

    public double DeliveriesPerSecond { get; } = ledger.Delivered / seconds;

    public Quantiles Latency { get; } = new(ledger.Latency);

    public Quantiles LatencyToLast { get; } = new(ledger.ToLast);

    public Quantiles Response { get; } = new(ledger.Response);

    public double? CpuMillisecondsPerSecond { get; } = options.Processes.Count > 0 ? cpu.TotalMilliseconds / seconds : null;

    public double? CpuMicrosecondsPerDelivery { get; } = options.Processes.Count > 0 && ledger.Delivered > 0 ? cpu.TotalMicroseconds / ledger.Delivered : null;

    public double? CpuMicrosecondsPerConnect { get; init; }

    public double? ResidentBytesPerConnection { get; init; }

    public double? ProportionalBytesPerConnection { get; init; }

    /// <summary>The same as a table.</summary>
    public string ToTable()
    {
        var table = new StringBuilder();
        Row("clients", $"{Connected:N0} on {Nodes} node(s), {Channels:N0} channel(s), connected in {ConnectSeconds:0.0} s, {CutOff:N0} cut off");
        Row("time", $"{Seconds:0.0} s, {Mode}{(FlatOut > 0 ? $", {FlatOut} under way" : "")}, {Pings:N0} pings answered");
        if (Mode != "idle")
        {
            Row("published", $"{Published:N0} of {PayloadBytes} bytes, {PublishedPerSecond:N0} a second, {Refused:N0} refused");
            Row("delivered", $"{Delivered:N0} of {Expected:N0}, {DeliveriesPerSecond:N0} a second");
            Row("lost, twice, out of order", $"{Lost:N0}, {Duplicates:N0}, {OutOfOrder:N0}");
            Row("", $"      p50       p90       p99     p99.9       max");
            Row("latency, µs", $"{Latency}");
            Row("latency to the last, µs", $"{LatencyToLast}");
            Row("answer to the post, µs", $"{Response}");
        }

        if (CpuMillisecondsPerSecond is not null)
        {
            Row("server CPU", $"{CpuMillisecondsPerSecond:N1} ms a second, {CpuMicrosecondsPerConnect:N1} µs a connect and subscribe");
            if (CpuMicrosecondsPerDelivery is not null)
                Row("", $"{CpuMicrosecondsPerDelivery:N2} µs a delivery");
            Row("server memory a connection", $"{ResidentBytesPerConnection:N0} bytes resident, {ProportionalBytesPerConnection:N0} with shared pages divided");
        }

        return table.ToString();

        void Row(string name, FormattableString value) => table.Append(CultureInfo.InvariantCulture, $"{name,-27} {value.ToString(CultureInfo.InvariantCulture)}\n");
    }
}

/// <summary>Times in microseconds, from 0 to that many for such a share of all.</summary>
internal sealed class Quantiles(Histogram times)
{
    public double P50 { get; } = times.Quantile(0.5) / 1e3;

    public double P90 { get; } = times.Quantile(0.9) / 1e3;

    public double P99 { get; } = times.Quantile(0.99) / 1e3;

    public double P999 { get; } = times.Quantile(0.999) / 1e3;

    public double Max { get; } = times.Max / 1e3;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{P50,9:N0} {P90,9:N0} {P99,9:N0} {P999,9:N0} {Max,9:N0}");
}
