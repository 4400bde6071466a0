using System.Diagnostics.Metrics;
using PushGateway.Channels;
using PushGateway.Protocol;
using PushGateway.Transports;
using static PushGateway.Diagnostics.GatewayMeter;

namespace PushGateway.Diagnostics;

/// <summary>Measures the way of publications from the broker to clients: once for each publication, never for each client.</summary>
internal sealed class DeliveryMeters
{
    private const string Recovered = "recovered", Unrecovered = "unrecovered";
    private const string MendedGap = "mended", LostGap = "lost", SetBackGap = "set_back", FailedGap = "failed";

    // From one reader to as many as a node has.
    private static readonly int[] Sizes = [0, 1, 2, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000];

    private readonly TimeProvider _time;
    private readonly Counter<long> _publications;
    private readonly Counter<long> _deliveries;
    private readonly Histogram<int> _fanout;
    private readonly Histogram<double> _lag;
    private readonly Histogram<double> _latency;
    private readonly UpDownCounter<long> _subscriptions;
    private readonly Counter<long> _recoveries;
    private readonly Counter<long> _recovered;
    private readonly Counter<long> _gaps;
    private readonly Counter<long> _mended;

    public DeliveryMeters(GatewayMeter gateway, TimeProvider time)
    {
        _time = time;
        var meter = gateway.Meter;
        _publications = meter.CreateCounter<long>("pushgateway.publications", "{publication}", "Publications that arrived and had subscribers here.");
        _deliveries = meter.CreateCounter<long>("pushgateway.deliveries", "{delivery}", "Publications handed to clients, counted for each client.");
        _fanout = meter.CreateHistogram(
            "pushgateway.fanout.subscribers", "{subscriber}", "Subscribers on this node, for each publication.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = Sizes });
        _lag = gateway.CreateTimes("pushgateway.arrival.lag", "From taking a publication, on whichever node, to its arrival on this one.");
        _latency = gateway.CreateTimes("pushgateway.delivery.latency", "From taking a publication, on whichever node, to the write to its last subscriber here.");
        _subscriptions = meter.CreateUpDownCounter<long>("pushgateway.subscriptions", "{subscription}", "Subscriptions of clients now.");
        _recoveries = meter.CreateCounter<long>("pushgateway.recoveries", "{recovery}", "Clients that came back with a position, by outcome.");
        _recovered = meter.CreateCounter<long>("pushgateway.recovered_publications", "{publication}", "Publications that clients got in the reply to their subscribing.");
        _gaps = meter.CreateCounter<long>("pushgateway.gaps", "{gap}", "Channels in which something was missing, by what became of it.");
        _mended = meter.CreateCounter<long>("pushgateway.mended_publications", "{publication}", "Publications delivered from the history to mend a gap.");
    }

    /// <inheritdoc cref="ConnectionMeters.Start"/>
    public void Start(IEnumerable<ChannelRules> all)
    {
        _mended.Add(0);
        foreach (var outcome in (string[])[MendedGap, LostGap, SetBackGap, FailedGap])
            _gaps.Add(0, Label(Outcome, outcome));
        foreach (var rules in all)
        {
            var label = Label(ChannelNamespace, rules.Namespace);
            _publications.Add(0, label);
            _deliveries.Add(0, label);
            if (!rules.Recovers)
                continue;

            _recovered.Add(0, label);
            _recoveries.Add(0, label, Label(Outcome, Recovered));
            _recoveries.Add(0, label, Label(Outcome, Unrecovered));
        }
    }

    /// <summary>Publications have come from the broker.</summary>
    public void Arrived(ReadOnlySpan<Publication> publications)
    {
        if (!_lag.Enabled)
            return;

        var now = _time.GetUtcNow();
        foreach (var publication in publications)
            Record(_lag, publication.TakenAt, now);
    }

    /// <summary>A run of publications was written to the sockets of a channel's subscribers, or waits for them.</summary>
    /// <param name="rules">The rules of the channel.</param>
    /// <param name="run">The publications.</param>
    /// <param name="subscribers">How many subscribers there were.</param>
    /// <param name="deliveries">How many were handed over, all subscribers together.</param>
    public void Delivered(ChannelRules rules, BroadcastRun run, int subscribers, int deliveries)
    {
        if (subscribers == 0 || !_publications.Enabled)
            return;

        var label = Label(ChannelNamespace, rules.Namespace);
        _publications.Add(run.Broadcasts.Length, label);
        _deliveries.Add(deliveries, label);
        var now = _time.GetUtcNow();
        foreach (ref readonly var broadcast in run.Broadcasts)
        {
            _fanout.Record(subscribers);
            Record(_latency, broadcast.TakenAt, now);
        }
    }

    /// <summary>Publications that were kept for a client until it was subscribed were handed over.</summary>
    public void DeliveredLate(ChannelRules rules, int deliveries) => _deliveries.Add(deliveries, Label(ChannelNamespace, rules.Namespace));

    /// <summary>A client has subscribed.</summary>
    public void Subscribed(ChannelRules rules) => _subscriptions.Add(1, Label(ChannelNamespace, rules.Namespace));

    /// <summary>A subscription has ended.</summary>
    public void Unsubscribed(ChannelRules rules) => _subscriptions.Add(-1, Label(ChannelNamespace, rules.Namespace));

    /// <summary>A client was told what it is subscribed to, and got what it missed.</summary>
    public void Answered(ChannelRules rules, SubscribeResult result)
    {
        if (result.WasRecovering)
            _recoveries.Add(1, Label(ChannelNamespace, rules.Namespace), Label(Outcome, result.IsRecovered ? Recovered : Unrecovered));
        if (result.Publications.Count > 0)
            _recovered.Add(result.Publications.Count, Label(ChannelNamespace, rules.Namespace));
    }

    /// <summary>Publications were delivered from the history, and nothing is missing any more.</summary>
    public void Mended(int publications)
    {
        _gaps.Add(1, Label(Outcome, MendedGap));
        _mended.Add(publications);
    }

    /// <summary>What is missing in a channel cannot be delivered any more.</summary>
    public void Lost() => _gaps.Add(1, Label(Outcome, LostGap));

    /// <summary>The history of a channel was set back.</summary>
    public void SetBack() => _gaps.Add(1, Label(Outcome, SetBackGap));

    /// <summary>A channel could not be mended, by a defect.</summary>
    public void MendingFailed() => _gaps.Add(1, Label(Outcome, FailedGap));

    // Two clocks that are compared by what a network says of them may disagree a little: nothing arrives before it was sent.
    private static void Record(Histogram<double> histogram, DateTimeOffset? takenAt, DateTimeOffset now)
    {
        if (takenAt is { } taken)
            histogram.Record(Math.Max(0, (now - taken).TotalSeconds));
    }
}
