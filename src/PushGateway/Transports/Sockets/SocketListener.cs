using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace PushGateway.Transports.Sockets;

/// <summary>Accepts the connections of one address.</summary>
internal sealed partial class SocketListener : IConnectionListener
{
    // When the process may open no more files: until some are closed nothing can be done, and trying on would take a core.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly SocketConnectionContextFactory _contexts;
    private readonly SharedMemory _memory;
    private readonly ConcurrentDictionary<NewSocket, byte> _new = new();

    // Kestrel takes them at once, and each is a pending one, of which there are so many.
    private readonly Channel<ConnectionContext> _others;

    private readonly Task _accepting;
    private volatile bool _unbound;

    public SocketListener(Socket socket, SocketClients clients, PendingSockets pending, SocketTransportOptions options, MemoryPool<byte> memory, ILogger<SocketListener> logger, TimeProvider time)
    {
        (_socket, Clients, Pending, _memory, _logger, _time) = (socket, clients, pending, new SharedMemory(memory), logger, time);
        _others = Channel.CreateBounded<ConnectionContext>(pending.Max);
        EndPoint = socket.LocalEndPoint!;
        _contexts = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                MaxReadBufferSize = options.MaxReadBufferSize,
                MaxWriteBufferSize = options.MaxWriteBufferSize,
                WaitForDataBeforeAllocatingBuffer = options.WaitForDataBeforeAllocatingBuffer,
                UnsafePreferInlineScheduling = options.UnsafePreferInlineScheduling,
                IOQueueCount = options.IOQueueCount,
            },
            logger);
        _accepting = AcceptSocketsAsync();
    }

    public EndPoint EndPoint { get; }

    /// <summary>Who serves the clients among them.</summary>
    public SocketClients Clients { get; }

    /// <summary>Those of the whole node that have not sent a request.</summary>
    public PendingSockets Pending { get; }

    /// <summary>The next connection that is not a client's; null when there will be none.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _others.Reader.WaitToReadAsync(cancellationToken))
            if (_others.Reader.TryRead(out var connection))
                return connection;

        return null;
    }

    /// <summary>Accepts no more, and cuts those that have not said a word: they would wait for an answer from nobody.</summary>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _unbound = true;
        _socket.Dispose();
        await _accepting;
        foreach (var (socket, _) in _new)
            socket.Cut();
        _others.Writer.TryComplete();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        while (_others.Reader.TryRead(out var connection))
            await connection.DisposeAsync();
        Clients.CutAll();
        _contexts.Dispose();
        _memory.MemoryPool.Dispose();
    }

    /// <summary>Hands a socket of which nothing has been read over to Kestrel.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="pending">The same: it stays pending until its first request is complete, or its end.</param>
    public void Pass(Socket socket, PendingSocket pending)
    {
        socket.Blocking = true; // As Kestrel has it; what it does is asynchronous anyway.
        var connection = _contexts.Create(socket);
        connection.Features.Set<IMemoryPoolFeature>(_memory); // Kestrel's own: it counts on what this kind of memory does, such as never to be empty.
        connection.Features.Set(pending);
        connection.ConnectionClosed.UnsafeRegister(static pending => ((PendingSocket)pending!).End(), pending);
        if (_others.Writer.TryWrite(connection))
            return;

        pending.End();
        _ = connection.DisposeAsync().AsTask(); // Unbound meanwhile, or Kestrel is that far behind.
    }

    /// <summary>What a socket is, is known.</summary>
    public void Forget(NewSocket socket) => _new.TryRemove(socket, out _);

    private async Task AcceptSocketsAsync()
    {
        await Task.Yield();
        for (var failing = false; !_unbound;)
        {
            try
            {
                var socket = new NewSocket(await _socket.AcceptAsync(), this);
                failing = false;
                _new.TryAdd(socket, default);
                socket.Wait();
            }
            catch (Exception gone) when (_unbound && gone is SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                // It went while it waited to be accepted.
            }
#pragma warning disable CA1031 // Whatever it is, the address must go on being served.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                if (!failing)
                    Log.NotAccepted(_logger, failure.Message);
                failing = true;
                await Task.Delay(PauseAfterFailure, _time);
            }
        }
    }

    private sealed class SharedMemory(MemoryPool<byte> pool) : IMemoryPoolFeature
    {
        public MemoryPool<byte> MemoryPool { get; } = pool;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A connection could not be accepted: {Why}. Trying on.")]
        public static partial void NotAccepted(ILogger logger, string why);
    }
}
