using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>Of clients that are gone a node keeps nothing.</summary>
public abstract class LeakContract((string Key, string Value) way)
{
    private const int Connections = 2000, Rounds = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_left_of_clients_that_are_gone()
    {
        await using var node = GatewayNode.Start(
            way, ("PushGateway:Connections:CloseTimeout", "00:00:03"), ("PushGateway:Connections:ChannelLinger", "00:00:01"));
        long memory = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var clients = new RawClient[Connections];
            await Parallel.ForAsync(0, Connections, Cancellation, async (i, _) =>
            {
                clients[i] = await RawClient.ConnectAsync(node, i % 2 == 0 ? null : $"{i % 100}", "news:all", $"news:{i % 500}");
            });
            Assert.Equal(Connections, await node.CountConnectionsAsync());
            await node.PostAsync("news:all", "1");
            await Parallel.ForAsync(0, Connections, Cancellation, async (i, _) =>
            {
                Assert.Equal("""{"push":{"channel":"news:all","pub":{"data":1}}}""", await clients[i].ReadAsync());
                await LeaveAsync(clients[i], i);
                await clients[i].DisposeAsync();
            });
            await Eventually.EqualAsync(NodeInside.Empty, () => NodeInside.Describe(node));
            Assert.Equal("", await node.ListChannelsAsync());
            if (round == 0)
                memory = GC.GetTotalMemory(forceFullCollection: true);
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - memory;
        Assert.True(grown < 8 * 1024 * 1024, $"{grown:N0} bytes more are in use than after the first round.");
    }

    private static async Task LeaveAsync(RawClient client, int i)
    {
        switch (i % 6)
        {
            case 0:
                await client.Socket.LeaveAsync();
                break;
            case 1:
                client.Socket.Abort();
                break;
            case 2:
                client.Socket.CloseSending();
                await client.Socket.DrainAsync();
                break;
            case 3:
                await client.ExpectCloseAsync("nonsense", 3501);
                break;
            case 4: // Does not answer the close frame.
                await client.Socket.SendAsync(RawFrame.Of(opcode: 3));
                await client.Socket.ExpectCloseFrameAsync(1002);
                break;
            default: // Vanishes in the middle of a message.
                await client.Socket.SendAsync(RawFrame.Of(RawFrame.Text, new byte[1000], final: false).AsMemory(0, 700));
                break;
        }
    }
}
