using BenchmarkDotNet.Attributes;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Benchmarks.Parts;

/// <summary>What clients send, from bytes to messages.</summary>
[MemoryDiagnoser]
public sealed class FrameReading : IDisposable
{
    private readonly MessageReader _reader = new(64 * 1024);
    private byte[] _frame = [];

    [Params(2, 100, 4000)]
    public int PayloadBytes { get; set; }

    // Masked with zeros, so that it is the same again after it was unmasked in place.
    [GlobalSetup]
    public void Setup() => _frame = Load.Frames.Make(Load.Frames.Text, new byte[PayloadBytes]);

    [GlobalCleanup]
    public void Dispose() => _reader.Dispose();

    [Benchmark]
    public bool Read()
    {
        Memory<byte> input = _frame;
        var found = _reader.TryRead(ref input, out _);
        _reader.Release();
        return found;
    }
}
