using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A broker and a cluster that cannot be reached, but for the channels a test lets through. A channel whose name begins with <c>kept</c> has a history.</summary>
internal sealed class BrokenBroker(params string[] reachable) : IBroker, ICluster
{
    /// <summary>How it fails.</summary>
    public Exception Failure { get; init; } = new BrokerUnavailableException("The test has cut the line.");

    public List<string> Published { get; } = [];

    public ValueTask StartAsync(IPublicationListener listener, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask StartAsync(ILocalNode node, CancellationToken cancellationToken)
    {
        node.Learn([], areAll: true);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        await Task.Yield();
        lock (Published)
            Published.Add(channel);
        if (!reachable.Contains(channel))
            throw Failure;

        return channel.StartsWith("kept", StringComparison.Ordinal) ? new PublishOutcome(new StreamPosition(7, "epoch-1")) : default;
    }

    public string? WhyNotReady => Failure.Message;

    public ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, HistoryLimits limits, CancellationToken cancellationToken) =>
        reachable.Contains(channel)
            ? new ValueTask<HistoryPage>(new HistoryPage(new StreamPosition(0, "epoch-1"), [], 0, IsContinuous: true))
            : ValueTask.FromException<HistoryPage>(Failure);

    public ValueTask RemoveHistoryAsync(string channel, CancellationToken cancellationToken) =>
        reachable.Contains(channel) ? ValueTask.CompletedTask : ValueTask.FromException(Failure);

    public ValueTask RenewEpochAsync(string channel, string epoch, CancellationToken cancellationToken) => ValueTask.FromException(Failure);

    public ValueTask<IReadOnlyList<StreamPosition?>> GetPositionsAsync(IReadOnlyList<string> channels, CancellationToken cancellationToken) =>
        ValueTask.FromException<IReadOnlyList<StreamPosition?>>(Failure);

    public ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) =>
        reachable.Contains(channel) ? ValueTask.CompletedTask : ValueTask.FromException(Failure);

    public ValueTask UnsubscribeAsync(string channel) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<NodeInfo>> GetNodesAsync(CancellationToken cancellationToken) => throw Failure;

    public ValueTask<ChannelPage> GetChannelsAsync(ChannelQuery query, CancellationToken cancellationToken) => throw Failure;

    public ValueTask<Reached> DisconnectAsync(Disconnection order, CancellationToken cancellationToken) => throw Failure;

    public ValueTask<Reached> UnsubscribeAsync(Unsubscription order, CancellationToken cancellationToken) => throw Failure;

    public ValueTask<Reached> SubscribeAsync(ServerSubscription order, CancellationToken cancellationToken) => throw Failure;

    public ValueTask<Reached> RevokeAsync(Revocation revocation, CancellationToken cancellationToken) => throw Failure;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
