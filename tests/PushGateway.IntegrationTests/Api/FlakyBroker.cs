using System.Collections.Concurrent;
using PushGateway.Brokers;
using PushGateway.Brokers.Memory;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Api;

/// <summary>The memory broker behind a line that is cut at the first publication to each of some channels.</summary>
internal sealed class FlakyBroker(MemoryBroker inner, params string[] cut) : IBroker
{
    private readonly ConcurrentDictionary<string, byte> _toFail = new(cut.Select(channel => KeyValuePair.Create(channel, default(byte))));

    /// <summary>Whether the line is cut behind the broker, so that the publication is taken and only its answer is lost.</summary>
    public bool LosesAnswers { get; init; }

    public string? WhyNotReady => inner.WhyNotReady;

    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        var fails = _toFail.TryRemove(channel, out _);
        var outcome = fails && !LosesAnswers ? default : await inner.PublishAsync(channel, publication, options, cancellationToken);
        return fails ? throw new BrokerUnavailableException("The test has cut the line.") : outcome;
    }

    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken) => inner.StartAsync(listener, cancellationToken);

    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken) =>
        inner.ReadHistoryAsync(channel, query, limits, cancellationToken);

    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken) => inner.RemoveHistoryAsync(channel, cancellationToken);

    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken) => inner.RenewEpochAsync(channel, epoch, cancellationToken);

    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) =>
        inner.GetPositionsAsync(channels, cancellationToken);

    public ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) => inner.SubscribeAsync(channel, cancellationToken);

    public ValueTask UnsubscribeAsync(string channel) => inner.UnsubscribeAsync(channel);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
