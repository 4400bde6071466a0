using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>A node as the tests of brokers need it: a broker, and what it delivered.</summary>
internal sealed class BrokerNode(IBroker broker)
{
    public IBroker Broker => broker;

    public Inbox Inbox { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task StartAsync() => broker.StartAsync(Inbox, Cancellation).AsTask();

    public Task SubscribeAsync(string channel) => broker.SubscribeAsync(channel, Cancellation).AsTask();

    public Task UnsubscribeAsync(string channel) => broker.UnsubscribeAsync(channel).AsTask();

    public Task PublishAsync(string channel, string data) => PublishAsync(channel, new Publication(Encoding.UTF8.GetBytes(data)));

    public async Task PublishAsync(string channel, Publication publication) =>
        Assert.Equal(default, await broker.PublishAsync(channel, publication, PublishOptions.Default, Cancellation));

    public Task<PublishOutcome> PublishAsync(string channel, string data, PublishOptions options) =>
        PublishAsync(channel, new Publication(Encoding.UTF8.GetBytes(data)), options);

    public Task<PublishOutcome> PublishAsync(string channel, Publication publication, PublishOptions options) =>
        broker.PublishAsync(channel, publication, options, Cancellation).AsTask();

    public Task<HistoryPage> ReadAsync(string channel, HistoryQuery query, HistoryLimits limits) =>
        broker.ReadHistoryAsync(channel, query, limits, Cancellation).AsTask();

    public Task RemoveAsync(string channel) => broker.RemoveHistoryAsync(channel, Cancellation).AsTask();

    public Task RenewAsync(string channel, string epoch) => broker.RenewEpochAsync(channel, epoch, Cancellation).AsTask();

    public async Task<StreamPosition?> GetPositionAsync(string channel) => Assert.Single(await broker.GetPositionsAsync([channel], Cancellation));
}
