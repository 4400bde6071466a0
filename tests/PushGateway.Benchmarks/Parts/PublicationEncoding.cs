using BenchmarkDotNet.Attributes;
using PushGateway.Protocol;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Benchmarks.Parts;

/// <summary>From a publication to the frame that all subscribers get.</summary>
[InProcess]
[MemoryDiagnoser]
public class PublicationEncoding
{
    private readonly Channels.Publication _publication = BareNode.Publication;

    [Benchmark]
    public byte[] Frame() => WebSocketFormat.Json.Encode(BareNode.Channel, _publication, PublicationForm.Plain);
}
