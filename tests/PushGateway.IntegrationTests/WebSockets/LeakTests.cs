using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class LeakTests() : LeakContract(ClientWay.Bare);

/// <inheritdoc/>
[Collection(nameof(Alone))]
public sealed class OrdinaryLeakTests() : LeakContract(ClientWay.Ordinary)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_left_of_clients_of_the_echo()
    {
        await using var node = GatewayNode.Start(("PushGateway:Connections:CloseTimeout", "00:00:01"));
        await Parallel.ForAsync(0, 500, Cancellation, async (i, _) =>
        {
            await using var socket = await RawWebSocket.OpenAsync(new Uri(node.WebSocket, "/echo"));
            await socket.SendTextAsync("hello");
            Assert.Equal("hello", await socket.ReadMessageAsync());
            if (i % 3 == 0)
                await socket.LeaveAsync();
            else if (i % 3 == 1)
                socket.Abort();
            else
                await socket.SendAsync(RawFrame.Of(opcode: 3));
        });
        await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
    }
}
