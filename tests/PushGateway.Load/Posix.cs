using System.Runtime.InteropServices;

namespace PushGateway.Load;

/// <summary>
/// What the load tool asks of Linux itself. Sockets of the framework wake a thread of the pool for each read, which costs more than the read and would measure the tool; one thread on
/// epoll costs what a load generator in C does. Numbers are those of Linux on x64 and ARM64.
/// </summary>
internal static partial class Posix
{
    public const int WouldBlock = 11, InProgress = 115;
    public const uint Readable = 0x1, Writable = 0x4;
    public const int Watch = 1, ChangeWatch = 3;

    private const int Stream = 1, NonBlocking = 0x800, NoSignal = 0x4000;
    private const int Tcp = 6, NoDelay = 1, SocketLevel = 1, Linger = 13, Ip = 0, BindAddressNoPort = 24;
    private const nint WaitForEvents = 441; // epoll_pwait2, whose timeout is finer than a millisecond.

    /// <summary>Opens a TCP socket that never blocks.</summary>
    public static int OpenSocket(int family)
    {
        var socket = Socket(family, Stream | NonBlocking, 0);
        Check(socket, "socket");
        SetOption(socket, Tcp, NoDelay, 1, sizeof(int));
        return socket;
    }

    /// <summary>Has the socket come from an address. The port is chosen when it connects, so that one address serves as many connections as each destination has ports for.</summary>
    public static void BindTo(int socket, ReadOnlySpan<byte> address)
    {
        SetOption(socket, Ip, BindAddressNoPort, 1, sizeof(int));
        Check(Bind(socket, in MemoryMarshal.GetReference(address), address.Length), "bind");
    }

    /// <summary>Begins to connect. False when it failed at once.</summary>
    public static bool TryConnect(int socket, ReadOnlySpan<byte> address) =>
        Connect(socket, in MemoryMarshal.GetReference(address), address.Length) == 0 || Marshal.GetLastPInvokeError() == InProgress;

    /// <summary>Reads what is there: its length, 0 for the end, below 0 for nothing yet or an error.</summary>
    public static int Read(int socket, Span<byte> buffer) => (int)Receive(socket, ref MemoryMarshal.GetReference(buffer), buffer.Length, 0);

    /// <summary>Writes what fits: its length, below 0 for nothing or an error.</summary>
    public static int Write(int socket, ReadOnlySpan<byte> bytes) => (int)Send(socket, in MemoryMarshal.GetReference(bytes), bytes.Length, NoSignal);

    /// <summary>Closes at once, without a port that stays reserved: runs would hinder those after them.</summary>
    public static void Reset(int socket)
    {
        SetOption(socket, SocketLevel, Linger, 1, sizeof(long)); // struct linger { 1, 0 } as one number.
        _ = Close(socket);
    }

    public static int OpenPoll() => Check(CreatePoll(0), "epoll_create1");

    public static void ControlPoll(int poll, int operation, int socket, ReadOnlySpan<byte> watch) =>
        Check(PollControl(poll, operation, socket, in MemoryMarshal.GetReference(watch)), "epoll_ctl");

    /// <summary>Waits for events: how many there are.</summary>
    public static int WaitPoll(int poll, Span<byte> events, int count, TimeSpan timeout)
    {
        var wait = new Timespec((nint)timeout.TotalSeconds, (nint)(timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        return Math.Max(0, (int)SystemCall(WaitForEvents, poll, ref MemoryMarshal.GetReference(events), count, in wait, 0, 0));
    }

    /// <summary>
    /// The CPU time that a process has used, to the nanosecond and with that of its ended threads; null when there is no such process. What <c>/proc</c> has is either coarse or forgets them.
    /// </summary>
    public static TimeSpan? CpuTime(int process)
    {
        const int Scheduled = 2;
        return GetTime((~process << 3) | Scheduled, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : null;
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int SetOption(int socket, int level, int name, in long value, int length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, in byte address, int length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, in byte address, int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, ref byte buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, in byte buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int CreatePoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int PollControl(int poll, int operation, int socket, in byte watch);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint poll, ref byte events, nint count, in Timespec timeout, nint mask, nint maskBytes);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    private readonly record struct Timespec(nint Seconds, nint Nanoseconds);
}
