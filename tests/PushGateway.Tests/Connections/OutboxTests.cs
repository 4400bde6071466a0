using System.Buffers.Binary;
using System.Threading.Tasks.Sources;
using PushGateway.Connections;
using PushGateway.Tests.Transports;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Tests.Connections;

public class OutboxTests
{
    private const int Limit = 1000;

    private readonly Lock _gate = new();
    private readonly RecordingTransport _network = new();
    private readonly Outbox _outbox;

    public OutboxTests() => _outbox = new Outbox(_network, _gate, Limit, TimeProvider.System);

    [Fact]
    public void While_the_network_keeps_up_nothing_waits()
    {
        for (byte i = 0; i < 100; i++)
            Assert.True(Send(i));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => new[] { (byte)i }), _network.Writes);
        Assert.True(_outbox.DrainedAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void Frames_that_come_during_a_write_leave_together_and_in_order_in_the_next()
    {
        _network.IsFull = true;
        for (byte i = 0; i < 5; i++)
            Send(i);
        Assert.Equal([[0]], _network.Writes);
        _network.Take();
        Assert.Equal([[0], [1, 2, 3, 4]], _network.Writes);
        Send(5);
        _network.Take();
        _network.IsFull = false;
        _network.Take();
        Assert.Equal([[0], [1, 2, 3, 4], [5]], _network.Writes);
    }

    [Fact]
    public void One_write_carries_what_is_worth_it_and_large_frames_go_alone()
    {
        var outbox = new Outbox(_network, _gate, 10_000_000, TimeProvider.System);
        _network.IsFull = true;
        byte[][] frames = [[1], new byte[10_000], new byte[6_384], new byte[1], new byte[100_000], new byte[2], new byte[16_000], new byte[385]];
        foreach (var frame in frames)
            Send(outbox, frame);
        for (var i = 0; i < frames.Length; i++)
            _network.Take();
        Assert.Equal([1, 16_384, 1, 100_000, 16_002, 385], _network.Writes.Select(write => write.Length));
    }

    [Fact]
    public void What_waits_is_bounded_in_bytes_and_what_is_being_written_counts()
    {
        _network.IsFull = true;
        Assert.True(Send(new byte[600]));
        Assert.True(Send(new byte[400]));
        Assert.False(Send(new byte[1]));
        _network.Take();
        Assert.True(Send(new byte[600]));
        Assert.False(Send(new byte[1]));
        _network.IsFull = false;
        _network.Take();
        Assert.Equal(1600, _network.Writes.Sum(write => write.Length));
        Assert.True(Send(new byte[1000]));
        Assert.False(Send(new byte[1001]));
    }

    [Fact]
    public void A_reply_beyond_the_limit_waits_beside_what_the_limit_is_for()
    {
        _network.IsFull = true;
        Send(1);
        SendBeyondLimit(new byte[20_000]);
        var sent = LargeFramesSent();
        Assert.False(sent.IsCompleted);
        Assert.True(Send(new byte[999]));
        Assert.False(Send(1));
        _network.Take();
        _network.Take();
        Assert.True(sent.IsCompletedSuccessfully);
        Assert.False(Send(new byte[2]));
        _network.IsFull = false;
        _network.Take();
        Assert.Equal([1, 20_000, 999], _network.Writes.Select(write => write.Length));
        Assert.True(Send(new byte[1000]));
        Assert.False(Send(new byte[1001]));
    }

    [Fact]
    public void Who_waits_for_a_large_reply_learns_that_it_was_thrown_away()
    {
        _network.IsFull = true;
        Send(1);
        SendBeyondLimit(new byte[5000]);
        var sent = LargeFramesSent();
        Close([9], discard: true);
        Assert.True(sent.IsCompletedSuccessfully);
        _network.IsFull = false;
        _network.Take();
        Assert.Equal([[1], [9]], _network.Writes);
    }

    [Fact]
    public void A_small_reply_counts_and_is_not_waited_for()
    {
        _network.IsFull = true;
        Send(1);
        SendBeyondLimit(new byte[250]);
        Assert.True(LargeFramesSent().IsCompletedSuccessfully);
        Assert.False(Send(new byte[750]));
    }

    [Fact]
    public void A_newer_state_fits_where_the_older_one_was()
    {
        _network.IsFull = true;
        Send(new byte[100]);
        Assert.True(Send(new Outgoing(new byte[900], "price")));
        Assert.True(Send(new Outgoing([.. Enumerable.Repeat((byte)7, 900)], "price")));
        Assert.False(Send(new Outgoing(new byte[1], "another")));
        _network.IsFull = false;
        _network.Take();
        Assert.Equal([100, 900], _network.Writes.Select(write => write.Length));
        Assert.Equal(7, _network.Writes[1][0]);
    }

    [Fact]
    public void The_last_frame_comes_behind_what_waits_and_nothing_comes_behind_it()
    {
        _network.IsFull = true;
        Send(1);
        Send(2);
        Close([9], discard: false);
        Assert.True(Send(3));
        Close([8], discard: true);
        _network.IsFull = false;
        _network.Take();
        Assert.Equal([[1], [2, 9]], _network.Writes);
    }

    [Fact]
    public void Discarding_makes_the_last_frame_the_next_whatever_the_limit()
    {
        _network.IsFull = true;
        Send(new byte[500]);
        Send(new byte[499]);
        Send(1);
        Close(new byte[100], discard: true);
        _network.IsFull = false;
        _network.Take();
        Assert.Equal([500, 100], _network.Writes.Select(write => write.Length));
        Assert.True(_outbox.DrainedAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void A_write_that_fails_at_once_cuts_the_connection()
    {
        _network.Failure = new IOException("Gone.");
        Assert.True(Send(1));
        Assert.True(_network.IsAborted);
        Assert.True(_outbox.DrainedAsync().IsCompletedSuccessfully);
        _network.Failure = null;
        Assert.True(Send(2));
        Close([9], discard: false);
        Assert.Empty(_network.Writes);
    }

    [Fact]
    public void A_write_that_fails_later_cuts_the_connection_and_drops_what_waits()
    {
        _network.IsFull = true;
        Send(1);
        Send(2);
        var drained = _outbox.DrainedAsync();
        Assert.False(drained.IsCompleted);
        _network.Break();
        Assert.True(_network.IsAborted);
        Assert.True(drained.IsCompletedSuccessfully);
        Assert.True(Send(new byte[10_000]));
        Assert.Equal([[1]], _network.Writes);
    }

    [Fact]
    public void Drained_is_when_the_network_has_taken_all()
    {
        _network.IsFull = true;
        Send(1);
        var drained = _outbox.DrainedAsync();
        Send(2);
        _network.Take();
        Assert.False(drained.IsCompleted);
        Assert.Same(drained, _outbox.DrainedAsync());
        _network.Take();
        Assert.True(drained.IsCompletedSuccessfully);
    }

    [Fact]
    public void Frames_wait_while_the_outbox_is_held_and_leave_together()
    {
        _outbox.Hold();
        Send(1);
        Send(2);
        Assert.Empty(_network.Writes);
        _outbox.Release();
        Assert.Equal([[1, 2]], _network.Writes);
        _outbox.Release();
        Assert.Single(_network.Writes);
        Send(3);
        Assert.Equal([[1, 2], [3]], _network.Writes);
    }

    [Fact]
    public void Holding_during_a_write_lets_what_follows_wait_for_the_release()
    {
        _network.IsFull = true;
        Send(1);
        Send(2);
        _outbox.Hold();
        _network.Take();
        Assert.Equal([[1]], _network.Writes);
        Send(3);
        Assert.Equal([[1]], _network.Writes);
        _outbox.Release();
        Assert.Equal([[1], [2, 3]], _network.Writes);
    }

    [Fact]
    public void The_last_frame_does_not_wait_for_a_release()
    {
        _outbox.Hold();
        Send(1);
        Close([9], discard: false);
        Assert.Equal([[1, 9]], _network.Writes);
        _outbox.Hold();
        _outbox.Release();
        Assert.Single(_network.Writes);
    }

    [Fact]
    public void Every_write_is_taken_to_its_end_also_when_it_completed_at_once()
    {
        var network = new ReusingTransport();
        var outbox = new Outbox(network, _gate, Limit, TimeProvider.System);
        for (byte i = 0; i < 10; i++)
            Send(outbox, [i]);
        Assert.Equal((10, 10), (network.Started, network.Ended));
    }

    [Fact]
    public void A_frame_goes_out_at_once_while_the_network_takes_it()
    {
        _network.RoomBytes = 3;
        lock (_gate)
        {
            Assert.True(_outbox.TryAddNeedsLock([1, 2]));
            Assert.False(_outbox.WaitsNeedsLock);
        }

        Assert.Equal([[1, 2]], _network.Writes);
    }

    [Fact]
    public void Of_a_frame_that_was_taken_in_part_the_rest_goes_next()
    {
        _network.RoomBytes = 2;
        lock (_gate)
        {
            Assert.True(_outbox.TryAddNeedsLock([1, 2, 3]));
            Assert.True(_outbox.WaitsNeedsLock);
            Assert.True(_outbox.TryAddNeedsLock([4]));
        }

        _outbox.Flush();
        Assert.Equal([[1, 2], [3, 4]], _network.Writes);
    }

    [Fact]
    public void A_frame_that_was_taken_in_part_is_never_thrown_away()
    {
        _network.RoomBytes = 2;
        lock (_gate)
        {
            Assert.True(_outbox.TryAddNeedsLock([1, 2, 3]));
            Assert.True(_outbox.TryAddNeedsLock([4]));
        }

        Close([9], discard: true);
        Assert.Equal([[1, 2], [3, 9]], _network.Writes);
    }

    [Fact]
    public void What_the_network_took_at_once_does_not_count_as_waiting()
    {
        _network.RoomBytes = Limit * 3;
        for (var i = 0; i < 3; i++)
            Assert.True(Send(new byte[Limit]));
        _network.RoomBytes = 1;
        _network.IsFull = true;
        Assert.True(Send(new byte[Limit]));
        Assert.False(Send(new byte[2]));
    }

    [Fact]
    public async Task Producers_at_the_same_time_keep_their_orders_and_lose_nothing()
    {
        const int producers = 4, frames = 20_000;
        var network = new UnsteadyTransport(seed: 5);
        var outbox = new Outbox(network, _gate, int.MaxValue, TimeProvider.System);
        await Task.WhenAll(Enumerable.Range(0, producers).Select(producer => Task.Run(
            () =>
            {
                for (var i = 0; i < frames; i++)
                {
                    var frame = new byte[8];
                    BinaryPrimitives.WriteInt32BigEndian(frame, producer);
                    BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), i);
                    if (i % 1000 == 7)
                        outbox.Hold();
                    Send(outbox, frame);
                    if (i % 1000 == 9)
                        outbox.Release();
                }
            },
            TestContext.Current.CancellationToken)));
        outbox.Release();
        await outbox.DrainedAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.False(network.WroteTwiceAtATime);
        var next = new int[producers];
        foreach (var frame in network.Written.ToArray().Chunk(8))
            Assert.Equal(next[BinaryPrimitives.ReadInt32BigEndian(frame)]++, BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(4)));
        Assert.All(next, count => Assert.Equal(frames, count));
    }

    private bool Send(byte value) => Send(_outbox, [value]);

    private bool Send(byte[] frame) => Send(_outbox, frame);

    private bool Send(Outbox outbox, byte[] frame)
    {
        bool fits;
        lock (_gate)
            fits = outbox.TryAddNeedsLock(frame);
        outbox.Flush();
        return fits;
    }

    private bool Send(Outgoing outgoing)
    {
        bool fits;
        lock (_gate)
            fits = _outbox.TryAddNeedsLock(outgoing);
        _outbox.Flush();
        return fits;
    }

    private void SendBeyondLimit(byte[] frame)
    {
        lock (_gate)
            _outbox.AddBeyondLimitNeedsLock(frame);
        _outbox.Flush();
    }

    private Task LargeFramesSent() => _outbox.LargeFramesSentAsync();

    private void Close(byte[] last, bool discard)
    {
        lock (_gate)
            _outbox.CloseNeedsLock(last, discard);
        _outbox.Flush();
    }

    /// <summary>Completes at once, later on another thread, or somewhere between.</summary>
    private sealed class UnsteadyTransport(int seed) : ITransport
    {
        private readonly Random _random = new(seed);
        private int _writing;

        public MemoryStream Written { get; } = new();

        public bool WroteTwiceAtATime { get; private set; }

        public FrameFormat Format => WebSocketFormat.Json;

        public int TryWrite(ReadOnlySpan<byte> frames)
        {
            WroteTwiceAtATime |= Interlocked.Exchange(ref _writing, 1) == 1;
            var taken = _random.Next(3) switch { 0 => 0, 1 => _random.Next(frames.Length), _ => frames.Length };
            Written.Write(frames[..taken]);
            Volatile.Write(ref _writing, 0);
            return taken;
        }

        public ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
        {
            WroteTwiceAtATime |= Interlocked.Exchange(ref _writing, 1) == 1;
            Written.Write(frames.Span[..(frames.Length / 2)]);
            var how = _random.Next(20);
            if (how > 1)
            {
                End(frames);
                return ValueTask.CompletedTask;
            }

            return how == 0 ? LaterAsync(frames) : new ValueTask(Task.Run(() => End(frames)));
        }

        public void Abort() { }

        private async ValueTask LaterAsync(ReadOnlyMemory<byte> frames)
        {
            await Task.Yield();
            End(frames);
        }

        private void End(ReadOnlyMemory<byte> frames)
        {
            Written.Write(frames.Span[(frames.Length / 2)..]);
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <summary>Uses one source for all its writes, as sockets do: the next may begin only when the result of the last was taken.</summary>
    private sealed class ReusingTransport : ITransport, IValueTaskSource
    {
        private ManualResetValueTaskSourceCore<bool> _source;

        public int Started { get; private set; }

        public int Ended { get; private set; }

        public FrameFormat Format => WebSocketFormat.Json;

        public int TryWrite(ReadOnlySpan<byte> frames) => 0;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
        {
            Assert.Equal(Started, Ended);
            Started++;
            _source.SetResult(true);
            return new ValueTask(this, _source.Version);
        }

        public void Abort() => Assert.Fail("The write did not fail.");

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);

        public void GetResult(short token)
        {
            _source.GetResult(token);
            _source.Reset();
            Ended++;
        }
    }
}
