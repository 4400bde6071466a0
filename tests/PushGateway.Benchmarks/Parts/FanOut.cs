using BenchmarkDotNet.Attributes;

namespace PushGateway.Benchmarks.Parts;

/// <summary>One publication to all subscribers of a channel, up to their transports.</summary>
[InProcess]
[MemoryDiagnoser]
public class FanOut
{
    private const int Run = 4;

    private readonly BareNode _node = new();
    private readonly Channels.Publication[] _run = [.. Enumerable.Repeat(BareNode.Publication, Run)];

    [Params(1, 100, 10_000)]
    public int Subscribers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Subscribers; i++)
            _node.Subscribe(new OpenTransport());
    }

    [Benchmark(Baseline = true)]
    public void Deliver() => _node.Hub.Deliver(BareNode.Channel, BareNode.Publication);

    /// <summary>Several that came together; the time is that of one.</summary>
    [Benchmark(OperationsPerInvoke = Run)]
    public void DeliverTogether() => _node.Hub.Deliver(BareNode.Channel, _run);
}
