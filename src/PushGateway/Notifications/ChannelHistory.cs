using Microsoft.Extensions.Options;
using PushGateway.Api;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>Keeps what is asked of a history within its limits, then asks the broker.</summary>
internal sealed class ChannelHistory(IBroker broker, ChannelDirectory channels, IOptions<PushGatewayOptions> options) : IChannelHistory
{
    /// <summary>The highest offset: Redis' scripts count in doubles, and so does JavaScript.</summary>
    public const ulong MaxOffset = (1UL << 53) - 1;

    private readonly ApiOptions _limits = options.Value.Api;

    // As many as cannot pass the limit of bytes even if each is as large as it may be. Counting what has come would be finer, but then it has come already.
    private readonly int _mostAtOnce = Math.Max(1, options.Value.Api.MaxHistoryPageBytes / options.Value.Api.MaxDataBytes);

    /// <inheritdoc/>
    public ValueTask<HistoryPage> ReadAsync(string channel, HistoryQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNegative(query.Limit, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, _limits.MaxHistoryPageSize, nameof(query));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Since?.Offset ?? 0, MaxOffset, nameof(query));
        var history = RulesOf(channel).History ?? throw new InvalidOperationException($"No history is kept of {channel}. Set a HistorySize for its namespace.");
        return broker.ReadHistoryAsync(channel, query with { Limit = Math.Min(query.Limit, _mostAtOnce) }, history, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(string channel, CancellationToken cancellationToken = default)
    {
        RulesOf(channel);
        return broker.RemoveHistoryAsync(channel, cancellationToken);
    }

    private ChannelRules RulesOf(string channel) =>
        channels.TryGetRules(channel, out var rules, out var why) ? rules : throw new ArgumentException($"The channel {why}.", nameof(channel));
}
