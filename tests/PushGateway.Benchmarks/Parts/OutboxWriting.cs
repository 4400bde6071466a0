using BenchmarkDotNet.Attributes;
using PushGateway.Connections;
using PushGateway.Transports;
using PushGateway.Transports.WebSockets;

namespace PushGateway.Benchmarks.Parts;

/// <summary>Frames through the outbox of one client.</summary>
[InProcess]
[MemoryDiagnoser]
public class OutboxWriting
{
    private const int Behind = 16, MaxBytes = 1024 * 1024;

    private readonly byte[] _frame = new byte[290];
    private readonly Lock _openGate = new(), _closedGate = new();
    private readonly StoppingTransport _stopping = new();
    private Outbox _open = null!, _closed = null!;

    [GlobalSetup]
    public void Setup()
    {
        _open = new Outbox(new OpenTransport(), _openGate, MaxBytes, TimeProvider.System);
        _closed = new Outbox(_stopping, _closedGate, MaxBytes, TimeProvider.System);
    }

    /// <summary>The network takes the frame.</summary>
    [Benchmark(Baseline = true)]
    public void Idle() => Send(_open, _openGate);

    /// <summary>The network takes one frame late, and then those that came meanwhile.</summary>
    [Benchmark(OperationsPerInvoke = 1 + Behind)]
    public async Task Backlog()
    {
        _stopping.Stop();
        for (var i = 0; i <= Behind; i++)
            Send(_closed, _closedGate);
        _stopping.GoOn();
        await _closed.DrainedAsync();
    }

    private void Send(Outbox outbox, Lock gate)
    {
        lock (gate)
            outbox.TryAddNeedsLock(_frame);
        outbox.Flush();
    }

    private sealed class StoppingTransport : ITransport
    {
        private TaskCompletionSource _goingOn = new();

        public FrameFormat Format => WebSocketFormat.Json;

        public void Stop() => _goingOn = new TaskCompletionSource();

        public void GoOn() => _goingOn.SetResult();

        public int TryWrite(ReadOnlySpan<byte> frames) => 0;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> frames) => new(_goingOn.Task);

        public void Abort()
        {
        }
    }
}
