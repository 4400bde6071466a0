using System.Text;
using PushGateway.Channels;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Fanout;

/// <summary>A delivery allocates nothing: what a publication allocates does not grow with the number of its subscribers, as long as one thread delivers to all.</summary>
public class DeliveryAllocationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task What_is_allocated_does_not_grow_with_the_subscribers(int publications) =>
        Assert.Equal(await AllocatedAsync(100, publications), await AllocatedAsync(1000, publications));

    private static async Task<long> AllocatedAsync(int subscribers, int publications)
    {
        var node = new TestNode();
        var sink = new Sink();
        for (var i = 0; i < subscribers; i++)
        {
            var connection = node.Registry.Open(sink, ClientIdentity.Anonymous);
            await node.Commands.HandleAsync(connection, Encoding.UTF8.GetBytes("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{\"channel\":\"a\"}}"));
        }

        Publication[] run = [.. Enumerable.Repeat(new Publication("""{"a":1}"""u8.ToArray()), publications)];
        for (var i = 0; i < 10; i++)
            node.Hub.Deliver("a", run); // What is made once is made now.

        var taken = sink.Bytes;
        var before = GC.GetAllocatedBytesForCurrentThread();
        node.Hub.Deliver("a", run);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var frame = WebSocketFormat.Json.Encode("a", run[0], PublicationForm.Plain).Length;
        Assert.Equal((long)subscribers * publications * frame, sink.Bytes - taken);
        return allocated;
    }

    /// <summary>A network that takes everything at once.</summary>
    private sealed class Sink : ITransport
    {
        public long Bytes { get; private set; }

        public FrameFormat Format => WebSocketFormat.Json;

        public int TryWrite(ReadOnlySpan<byte> frames)
        {
            Bytes += frames.Length;
            return frames.Length;
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
        {
            Bytes += frames.Length;
            return ValueTask.CompletedTask;
        }

        public void Abort()
        {
        }
    }
}
