using Microsoft.Extensions.DependencyInjection;
using PushGateway.Channels;
using PushGateway.Fanout;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>On real sockets, too, a delivery allocates nothing: what a publication allocates does not grow with the number of its subscribers.</summary>
[Collection(nameof(Alone))]
public sealed class DeliveryAllocationTests
{
    private const int Few = 100, Many = 1000;

    [Fact]
    public async Task What_is_allocated_does_not_grow_with_the_subscribers()
    {
        await using var node = GatewayNode.Start();
        var clients = new RawClient[Many];
        for (var i = 0; i < Many; i++)
            clients[i] = await RawClient.ConnectAsync(node, null, i < Few ? ["news:many", "news:less"] : ["news:many"]);
        Assert.Equal(Many, NodeInside.CountBare(node.Services));

        var hub = node.Services.GetRequiredService<Hub>();
        Publication publication = new("1"u8.ToArray());
        for (var i = 0; i < 10; i++)
            Deliver(hub, publication); // What is made once is made now.
        var (few, many) = Deliver(hub, publication);
        Assert.Equal(few, many);

        for (var i = 0; i < Many; i++)
        {
            for (var received = 0; received < (i < Few ? 22 : 11); received++)
                Assert.EndsWith("""{"data":1}}}""", await clients[i].ReadAsync(), StringComparison.Ordinal);
            await clients[i].DisposeAsync();
        }
    }

    private static (long Few, long Many) Deliver(Hub hub, Publication publication)
    {
        var start = GC.GetAllocatedBytesForCurrentThread();
        hub.Deliver("news:less", publication);
        var middle = GC.GetAllocatedBytesForCurrentThread();
        hub.Deliver("news:many", publication);
        return (middle - start, GC.GetAllocatedBytesForCurrentThread() - middle);
    }
}
