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
}
