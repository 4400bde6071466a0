using Microsoft.Extensions.Logging;
using PushGateway.Connections;

namespace PushGateway.Hosting;

/// <summary>
/// How a node leaves while it still serves: it is not ready, and waits until balancers have noticed; then it takes no more clients and closes those it has, one slice
/// after the other, so that the other nodes see a slope and not a wall.
/// </summary>
internal sealed partial class Drain(
    NodeState node, Admission admission, ConnectionRegistry connections, ShutdownTimes times, TimeProvider time, ILogger<Drain> logger)
{
    // Fine enough for a slope, and a fraction of what one handshake takes.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    // What clients get to take their close frame when there is no time left.
    private static readonly TimeSpan HurriedEnding = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Task? _run;
    private int _toClose, _closed;

    /// <summary>Which part of the connections that had to be closed is closed, from 0 to 1.</summary>
    public double Progress => Volatile.Read(ref _toClose) is > 0 and var all ? (double)Volatile.Read(ref _closed) / all : admission.IsClosed ? 1 : 0;

    /// <summary>Leaves; called again it waits for the same.</summary>
    /// <param name="hurry">Ends the waiting: what is still open is closed at once.</param>
    /// <returns>Completes when all connections have ended, or have had their time to.</returns>
    public Task RunAsync(CancellationToken hurry)
    {
        lock (_gate)
            return _run ??= LeaveAsync(hurry);
    }

    private async Task LeaveAsync(CancellationToken hurry)
    {
        node.Leaving();
        Log.Leaving(logger, times.Pause.TotalSeconds, connections.Count, times.Drain.TotalSeconds);
        await WaitAsync(times.Pause, hurry);

        admission.Close();
        await CloseInSlicesAsync(connections.Leave(CloseReason.Shutdown), hurry);
        await EndAsync(hurry);
        Log.Left(logger, connections.Count);
    }

    private async Task CloseInSlicesAsync(Connection[] leaving, CancellationToken hurry)
    {
        var start = time.GetTimestamp();
        _toClose = leaving.Length;
        for (var closed = 0; closed < leaving.Length && !connections.IsEmpty; await WaitAsync(Slice, hurry))
        {
            for (var due = hurry.IsCancellationRequested ? leaving.Length : CountDue(leaving.Length, time.GetElapsedTime(start)); closed < due; closed++)
                leaving[closed].Close(CloseReason.Shutdown);
            _closed = closed;
        }

        _closed = leaving.Length;
    }

    // Evenly, and the first at once: one connection alone has nothing to wait for.
    private int CountDue(int all, TimeSpan elapsed) => elapsed < times.Drain ? Math.Min(all, 1 + (int)(all * (elapsed / times.Drain))) : all;

    private async Task EndAsync(CancellationToken hurry)
    {
        var start = time.GetTimestamp();
        while (!connections.IsEmpty && time.GetElapsedTime(start) < (hurry.IsCancellationRequested ? HurriedEnding : times.Ending))
            await WaitAsync(Slice, CancellationToken.None);
    }

    private async Task WaitAsync(TimeSpan delay, CancellationToken hurry) =>
        await Task.Delay(delay, time, hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Leaving: after a pause of {Pause} s, {Connections} connections are closed over {Drain} s.")]
        public static partial void Leaving(ILogger logger, double pause, int connections, double drain);

        [LoggerMessage(2, LogLevel.Information, "Left, with {Connections} connections still open.")]
        public static partial void Left(ILogger logger, int connections);
    }
}
