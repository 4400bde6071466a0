using System.Diagnostics.Metrics;
using PushGateway.Brokers;
using PushGateway.Channels;
using static PushGateway.Diagnostics.GatewayMeter;

namespace PushGateway.Diagnostics;

/// <summary>Measures how publications are taken by the broker.</summary>
internal sealed class PublishMeters
{
    private const string PublishedOutcome = "published", UnavailableOutcome = "unavailable";

    private readonly TimeProvider _time;
    private readonly Counter<long> _publishes;
    private readonly Histogram<double> _duration;

    public PublishMeters(GatewayMeter gateway, TimeProvider time)
    {
        _time = time;
        _publishes = gateway.Meter.CreateCounter<long>("pushgateway.publishes", "{publication}", "Publications this node was asked for, one for each channel, by outcome.");
        _duration = gateway.CreateTimes("pushgateway.publish.duration", "From taking a publication to the broker's answer.");
    }

    /// <inheritdoc cref="ConnectionMeters.Start"/>
    public void Start(IEnumerable<ChannelRules> all)
    {
        foreach (var rules in all)
            foreach (var outcome in (string[])[PublishedOutcome, UnavailableOutcome])
                Count(rules, PublishSource.Backend, outcome, 0);
    }

    /// <summary>When it was taken, for <see cref="Published"/> and for <see cref="Publication.TakenAt"/>.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>The broker has answered.</summary>
    public void Published(ChannelRules rules, PublishSource source, DateTimeOffset takenAt, in PublishOutcome outcome) =>
        Count(rules, source, takenAt, outcome.IsRepeated ? "repeated" : outcome.IsSuperseded ? "superseded" : PublishedOutcome);

    /// <summary>The broker has failed.</summary>
    public void Failed(ChannelRules rules, PublishSource source, DateTimeOffset takenAt, Exception failure) => Count(
        rules,
        source,
        takenAt,
        failure switch
        {
            BrokerUnavailableException => UnavailableOutcome,
            IdempotencyConflictException => "conflict",
            _ => "failed",
        });

    private void Count(ChannelRules rules, PublishSource source, DateTimeOffset takenAt, string outcome)
    {
        Count(rules, source, outcome, 1);
        _duration.Record(Math.Max(0, (Now - takenAt).TotalSeconds));
    }

    private void Count(ChannelRules rules, PublishSource source, string outcome, int count) =>
        _publishes.Add(count, Label(ChannelNamespace, rules.Namespace), Label("source", source == PublishSource.Client ? "client" : "backend"), Label(Outcome, outcome));
}
