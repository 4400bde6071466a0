using System.Net.WebSockets;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using PushGateway.Benchmarks.Parts;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Benchmarks.Frames;

/// <summary>
/// One publication to many subscribers on streams that take everything at once: through the hub, which writes one pre-encoded frame to each, and through
/// System.Net.WebSockets, which frames for each. What a socket costs is in neither.
/// </summary>
[InProcess]
[MemoryDiagnoser]
public class Sending
{
    private readonly BareNode _node = new();
    private readonly byte[] _message = new byte[290];
    private WebSocket[] _webSockets = [];

    [Params(1000)]
    public int Subscribers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _message.AsSpan().Fill((byte)'x');
        for (var i = 0; i < Subscribers; i++)
            _node.Subscribe(new StreamTransport(new DefaultHttpContext(), new EagerStream(), WebSocketFormat.Json));

        _webSockets = [.. Enumerable.Range(0, Subscribers).Select(_ => WebSocket.CreateFromStream(new EagerStream(), new WebSocketCreationOptions { IsServer = true }))];
    }

    [Benchmark(Description = "System.Net.WebSockets")]
    public async Task WebSockets()
    {
        foreach (var socket in _webSockets)
            await socket.SendAsync(_message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }

    [Benchmark(Baseline = true, Description = "Hub and outbox")]
    public void Gateway() => _node.Hub.Deliver(BareNode.Channel, BareNode.Publication);

    /// <summary>Takes every write at once.</summary>
    private sealed class EagerStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
        }
    }
}
