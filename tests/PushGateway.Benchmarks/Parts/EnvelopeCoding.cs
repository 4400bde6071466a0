using BenchmarkDotNet.Attributes;
using PushGateway.Channels;
using PushGateway.Redis.Brokers;

namespace PushGateway.Benchmarks.Parts;

/// <summary>A publication as it travels through Redis.</summary>
[InProcess]
[MemoryDiagnoser]
public class EnvelopeCoding
{
    private readonly byte[] _envelope = new byte[1024];
    private Publication _publication = BareNode.Publication;
    private int _length;

    /// <summary>Whether its channel keeps a history.</summary>
    [Params(false, true)]
    public bool WithPosition { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        if (WithPosition)
            _publication = BareNode.Publication with { Offset = 42, Time = 1_700_000_000_000, Epoch = "abcdefgh" };
        _length = Write();
    }

    [Benchmark]
    public int Write()
    {
        var length = Envelope.GetLength(_publication);
        Envelope.Write(_publication, _envelope.AsSpan(0, length));
        return length;
    }

    [Benchmark]
    public bool Read() => Envelope.TryRead(_envelope.AsMemory(0, _length), out _);
}
