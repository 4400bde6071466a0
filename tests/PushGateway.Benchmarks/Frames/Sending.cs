using System.Net.WebSockets;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.Brokers.Memory;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security;
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
    private const string Channel = "news";

    private readonly Publication _publication = new("""{"title":"Two hundred and fifty-six bytes or so","text":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"""u8.ToArray());
    private readonly byte[] _message = new byte[290];
    private Hub _hub = null!;
    private WebSocket[] _webSockets = [];

    [Params(1000)]
    public int Subscribers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var options = Options.Create(new PushGatewayOptions());
        var sweeper = new Sweeper(TimeProvider.System, NullLogger<Sweeper>.Instance);
        var registry = new ConnectionRegistry(sweeper, TimeProvider.System, options, NullLogger<ConnectionRegistry>.Instance);
        var broker = new MemoryBroker(TimeProvider.System, NullLogger<MemoryBroker>.Instance);
        var rules = new ChannelRules(ChannelAccess.Anonymous, ChannelAccess.Nobody);
        var presence = new MemoryPresence(broker, TimeProvider.System, NullLogger<MemoryPresence>.Instance);
        _hub = new Hub(broker, presence, new Mender(broker, TimeProvider.System, NullLogger<Mender>.Instance), sweeper, TimeProvider.System, options);
        _message.AsSpan().Fill((byte)'x');
        for (var i = 0; i < Subscribers; i++)
        {
            var connection = registry.Open(new StreamTransport(new DefaultHttpContext(), new EagerStream(), WebSocketFormat.Json), ClientIdentity.Anonymous);
            connection.TryBeginSession();
            connection.TryOpenSession(new Reply(1, new ConnectResult("client", "version", 25, "node", [])), [(_hub.Subscribe(connection, Channel, rules, SubscriptionKind.None, out _), null)]);
        }

        _webSockets = [.. Enumerable.Range(0, Subscribers).Select(_ => WebSocket.CreateFromStream(new EagerStream(), new WebSocketCreationOptions { IsServer = true }))];
    }

    [Benchmark(Description = "System.Net.WebSockets")]
    public async Task WebSockets()
    {
        foreach (var socket in _webSockets)
            await socket.SendAsync(_message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }

    [Benchmark(Baseline = true, Description = "Hub and outbox")]
    public void Gateway() => _hub.Deliver(Channel, _publication);

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
