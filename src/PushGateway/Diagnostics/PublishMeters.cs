using System.Diagnostics.Metrics;
using PushGateway.Brokers;
using PushGateway.Channels;
using static PushGateway.Diagnostics.GatewayMeter;

namespace PushGateway.Diagnostics;

/// <summary>Measures how publications are taken by the broker.</summary>
internal sealed class PublishMeters
{
    private readonly TimeProvider _time;
    private readonly Counter<long> _publishes;
    private readonly Histogram<double> _duration;

    public PublishMeters(GatewayMeter gateway, TimeProvider time)
    {
        _time = time;
        _publishes = gateway.Meter.CreateCounter<long>("pushgateway.publishes", "{publication}", "Publications this node was asked for, one for each channel, by outcome.");
        _duration = gateway.CreateTimes("pushgateway.publish.duration", "From taking a publication to the broker's answer.");
    }

    /// <summary>When it was taken, for <see cref="Published"/> and for <see cref="Publication.TakenAt"/>.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>The broker has answered.</summary>
    public void Published(ChannelRules rules, PublishSource source, DateTimeOffset takenAt, in PublishOutcome outcome) =>
        Count(rules, source, takenAt, outcome.IsRepeated ? "repeated" : outcome.IsSuperseded ? "superseded" : "published");

    /// <summary>The broker has failed.</summary>
    public void Failed(ChannelRules rules, PublishSource source, DateTimeOffset takenAt, Exception failure) => Count(
        rules,
        source,
        takenAt,
        failure switch
        {
            BrokerUnavailableException => "unavailable",
            IdempotencyConflictException => "conflict",
            _ => "failed",
        });

    private void Count(ChannelRules rules, PublishSource source, DateTimeOffset takenAt, string outcome)
    {
        _publishes.Add(1, Label(ChannelNamespace, rules.Namespace), Label("source", source == PublishSource.Client ? "client" : "backend"), Label(Outcome, outcome));
        _duration.Record(Math.Max(0, (Now - takenAt).TotalSeconds));
    }
}
