using BenchmarkDotNet.Attributes;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Benchmarks.Parts;

/// <summary>What clients send, from bytes to messages.</summary>
[InProcess]
[MemoryDiagnoser]
public class FrameReading
{
    private static readonly MessageReader Reader = new(64 * 1024); // Holds nothing between messages.

    private byte[] _frame = [];

    [Params(2, 100, 4000)]
    public int PayloadBytes { get; set; }

    // Masked with zeros, so that it is the same again after it was unmasked in place.
    [GlobalSetup]
    public void Setup() => _frame = Load.Frames.Make(Load.Frames.Text, new byte[PayloadBytes]);

    [Benchmark]
    public bool Read()
    {
        Memory<byte> input = _frame;
        var found = Reader.TryRead(ref input, out _);
        Reader.Release();
        return found;
    }
}
