using BenchmarkDotNet.Attributes;
using PushGateway.Protocol;
using PushGateway.Protocol.Json;

namespace PushGateway.Benchmarks.Parts;

/// <summary>What clients send, from text to commands.</summary>
[InProcess]
[MemoryDiagnoser]
public class CommandReading
{
    private readonly byte[] _pong = "{}"u8.ToArray();
    private readonly byte[] _connect = """{"id":1,"connect":{"name":"js"}}"""u8.ToArray();
    private readonly byte[] _subscribe = """{"id":2,"subscribe":{"channel":"news:world","recover":true,"epoch":"0123456789ab","offset":42}}"""u8.ToArray();

    [Benchmark]
    public bool Pong() => Read(_pong);

    [Benchmark]
    public bool Connect() => Read(_connect);

    [Benchmark]
    public bool Subscribe() => Read(_subscribe);

    private static bool Read(ReadOnlyMemory<byte> message) => JsonProtocol.Instance.TryRead(ref message, out Command _);
}
