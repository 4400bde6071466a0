using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PushGateway.Load;

/// <summary>Says which sockets have something to read. Used by one thread.</summary>
internal sealed class Poller : IDisposable
{
    private const int AtOnce = 512;

    // struct epoll_event is packed on x64 alone.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16, TokenAt = EventBytes - sizeof(long);

    private readonly int _poll = Posix.OpenPoll();
    private readonly byte[] _events = new byte[AtOnce * EventBytes];

    /// <summary>Watches a socket from now on, until it is closed.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="token">What its events are named by.</param>
    /// <param name="untilConnected">Whether to tell when it can be written to as well, until <see cref="WatchInput"/>.</param>
    public void Add(int socket, long token, bool untilConnected) =>
        Control(Posix.Watch, socket, token, untilConnected ? Posix.Readable | Posix.Writable : Posix.Readable);

    public void WatchInput(int socket, long token) => Control(Posix.ChangeWatch, socket, token, Posix.Readable);

    /// <summary>Waits for events, for that long at most: how many came.</summary>
    public int Wait(TimeSpan timeout) => Posix.WaitPoll(_poll, _events, AtOnce, timeout);

    /// <summary>One of the events that came.</summary>
    public long this[int index] => BinaryPrimitives.ReadInt64LittleEndian(_events.AsSpan((index * EventBytes) + TokenAt));

    public void Dispose() => _ = Posix.Close(_poll);

    private void Control(int operation, int socket, long token, uint interest)
    {
        Span<byte> watch = stackalloc byte[EventBytes];
        watch.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(watch, interest);
        BinaryPrimitives.WriteInt64LittleEndian(watch[TokenAt..], token);
        Posix.ControlPoll(_poll, operation, socket, watch);
    }
}
