using System.Net.Sockets;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Transports;

namespace PushGateway.IntegrationTests.Transports;

/// <summary>What every <see cref="ITransport"/> promises, seen from both ends of a real connection.</summary>
public abstract class TransportContract
{
    // Far more than the buffers of both ends hold.
    private const int MuchBytes = 24 * 1024 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_arrives_in_order_and_byte_for_byte()
    {
        await using var pair = await OpenAsync();
        var random = new Random(1);
        var sent = new byte[4 * 1024 * 1024];
        random.NextBytes(sent);
        var reading = ReadAsync(pair.Peer, sent.Length, slowly: true);
        for (var start = 0; start < sent.Length;)
        {
            var frame = sent.AsMemory(start, Math.Min(random.Next(1, 100_000), sent.Length - start));
            await WriteAsync(pair.Transport, frame);
            start += frame.Length;
        }

        AssertSame(sent, await reading);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_stops_the_writer_and_loses_nothing()
    {
        await using var pair = await OpenAsync();
        var sent = new byte[MuchBytes];
        new Random(2).NextBytes(sent);

        // Returns, however full the network is.
        int taken, start = 0;
        while (start < sent.Length && (taken = pair.Transport.TryWrite(sent.AsSpan(start, Math.Min(50_000, sent.Length - start)))) > 0)
            start += taken;
        Assert.True(start < sent.Length, "The network took everything.");

        var rest = pair.Transport.WriteAsync(sent.AsMemory(start)).AsTask();
        Assert.False(rest.IsCompleted);
        AssertSame(sent, await ReadAsync(pair.Peer, sent.Length, slowly: false));
        await rest.WaitAsync(RawWebSocket.Patience, Cancellation);
    }

    [Fact]
    public async Task Nothing_throws_at_who_tries_to_write_to_a_peer_that_is_gone()
    {
        await using var pair = await OpenAsync();
        pair.Peer.LingerState = new LingerOption(enable: true, 0);
        pair.Peer.Dispose();
        var frame = new byte[1000];
        await Eventually.EqualAsync(0, () => pair.Transport.TryWrite(frame));
        Assert.Equal(0, pair.Transport.TryWrite(frame));
        await EndsAsync(pair.Transport.WriteAsync(frame).AsTask());
        pair.Transport.Abort();
        Assert.Equal(0, pair.Transport.TryWrite(frame));
    }

    [Fact]
    public async Task A_write_under_way_ends_when_the_peer_goes()
    {
        await using var pair = await OpenAsync();
        var write = pair.Transport.WriteAsync(new byte[MuchBytes]).AsTask();
        pair.Peer.LingerState = new LingerOption(enable: true, 0);
        pair.Peer.Dispose();
        await EndsAsync(write);
        pair.Transport.Abort();
    }

    [Fact]
    public async Task A_write_under_way_ends_with_the_cut()
    {
        await using var pair = await OpenAsync();
        var write = pair.Transport.WriteAsync(new byte[MuchBytes]).AsTask();
        Assert.False(write.IsCompleted);
        pair.Transport.Abort();
        await EndsAsync(write);
        await DrainAsync(pair.Peer);
    }

    [Fact]
    public async Task Any_thread_may_cut_at_any_time_and_again()
    {
        for (var round = 0; round < 20; round++)
        {
            await using var pair = await OpenAsync();
            var frame = new byte[10_000];
            var writing = Task.Run(
                async () =>
                {
                    for (var i = 0; i < 200; i++)
                        if (pair.Transport.TryWrite(frame) is var taken && taken < frame.Length)
                            await EndsAsync(pair.Transport.WriteAsync(frame.AsMemory(taken)).AsTask());
                },
                Cancellation);
            var reading = DrainAsync(pair.Peer);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(pair.Transport.Abort, Cancellation)));
            pair.Transport.Abort();
            await Task.WhenAll(writing, reading).WaitAsync(RawWebSocket.Patience, Cancellation);
            Assert.Equal(0, pair.Transport.TryWrite(frame));
        }
    }

    /// <summary>Connects a peer, whose buffers are small, to a transport.</summary>
    private protected abstract Task<Pair> OpenAsync();

    // As the outbox does it.
    private static async Task WriteAsync(ITransport transport, ReadOnlyMemory<byte> frame)
    {
        var taken = transport.TryWrite(frame.Span);
        if (taken < frame.Length)
            await transport.WriteAsync(frame[taken..]);
    }

    private static async Task<byte[]> ReadAsync(Socket peer, int bytes, bool slowly)
    {
        var read = new byte[bytes];
        var random = new Random(3);
        for (var end = 0; end < bytes;)
        {
            var count = await peer.ReceiveAsync(read.AsMemory(end, slowly ? Math.Min(random.Next(1, 20_000), bytes - end) : bytes - end), Cancellation).AsTask().WaitAsync(RawWebSocket.Patience, Cancellation);
            Assert.NotEqual(0, count);
            end += count;
            if (slowly)
                await Task.Yield();
        }

        return read;
    }

    private static async Task DrainAsync(Socket peer)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await peer.ReceiveAsync(buffer, Cancellation).AsTask().WaitAsync(RawWebSocket.Patience, Cancellation) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // A cut is an end as well.
        }
    }

    private static void AssertSame(byte[] sent, byte[] read) => Assert.True(sent.AsSpan().SequenceEqual(read), "Something else arrived.");

    // Whether it fails or is let go is all the same to a connection that has ended.
    private static async Task EndsAsync(Task write) =>
        await write.WaitAsync(RawWebSocket.Patience, Cancellation).ContinueWith(ended => Assert.False(ended.Exception?.InnerException is TimeoutException), TaskScheduler.Default);

    /// <summary>Both ends of a connection.</summary>
    private protected sealed class Pair(ITransport transport, Socket peer, Func<ValueTask> end) : IAsyncDisposable
    {
        public ITransport Transport { get; } = transport;

        public Socket Peer { get; } = peer;

        public async ValueTask DisposeAsync()
        {
            Transport.Abort();
            Peer.Dispose();
            await end();
        }
    }
}
