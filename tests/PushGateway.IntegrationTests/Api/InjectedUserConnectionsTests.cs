using Microsoft.Extensions.DependencyInjection;
using PushGateway.Brokers;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>The connections of users for applications that host the gateway.</summary>
public sealed class InjectedUserConnectionsTests(DevelopmentNode shared) : IClassFixture<DevelopmentNode>
{
    private readonly IUserConnections _connections = shared.Node.Services.GetRequiredService<IUserConnections>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_ordered_by_HTTP_can_be_ordered_from_CSharp()
    {
        await using var client = await RawClient.ConnectAsync(shared.Node, "injected");
        Assert.Equal(1, (await _connections.SubscribeAsync(new ServerSubscription("injected", "chat:lobby", Info: "1", Client: client.Id), Cancellation)).Count);
        Assert.Equal("""{"push":{"channel":"chat:lobby","subscribe":{}}}""", await client.ReadAsync());
        Assert.Equal(1, (await _connections.UnsubscribeAsync(new Unsubscription("injected", "chat:lobby"), Cancellation)).Count);
        Assert.Equal("""{"push":{"channel":"chat:lobby","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}""", await client.ReadAsync());
        var reached = await _connections.DisconnectAsync(new Disconnection("injected", Code: 4500, Reason: "signed out"), Cancellation);
        Assert.Equal((1, 0, 0), (reached.Count, reached.LimitExceeded, reached.SilentNodes.Count));
        await client.ExpectCloseAsync(4500);
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_exceptions()
    {
        var wrong = await Assert.ThrowsAnyAsync<ArgumentException>(async () => await _connections.DisconnectAsync(new Disconnection("42", 1000), Cancellation));
        Assert.Equal("code must be 3503, 3011 or a number from 4000 to 4999.", wrong.Message);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await _connections.DisconnectAsync(new Disconnection(""), Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await _connections.UnsubscribeAsync(new Unsubscription("42", "#42"), Cancellation));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await _connections.SubscribeAsync(new ServerSubscription("42", "nowhere:a"), Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await _connections.DisconnectAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await _connections.UnsubscribeAsync(null!, Cancellation));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await _connections.SubscribeAsync(null!, Cancellation));
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_is_told_by_an_exception()
    {
        await using var node = GatewayNode.StartWith(services => services.AddSingleton<ICluster>(new BrokenBroker()));
        var connections = node.Services.GetRequiredService<IUserConnections>();
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await connections.DisconnectAsync(new Disconnection("42"), Cancellation));
    }
}
