using System.Buffers;
using System.Net.Sockets;
using PushGateway.Connections;

namespace PushGateway.Transports.Sockets;

/// <summary>A socket from its acceptance to its first bytes, which say whether it is a client's. Nothing is taken off it before that is known, so that others get it as it came.</summary>
internal sealed class NewSocket : SocketAsyncEventArgs
{
    private readonly Socket _socket;
    private readonly SocketListener _listener;
    private readonly Deadline _deadline;

    public NewSocket(Socket socket, SocketListener listener)
        : base(true) =>
        (_socket, _listener, _deadline) = (socket, listener, new Deadline(socket));

    /// <summary>Waits for the first bytes. A client that sends nothing in time is cut. Never throws.</summary>
    public void Wait() => Run(begins: true);

    /// <summary>Cuts it, also when it is another's by now. May be called at any time.</summary>
    public void Cut() => Cut(_socket);

    protected override void OnCompleted(SocketAsyncEventArgs e) => Run(begins: false);

    private void Run(bool begins)
    {
        try
        {
            if (begins && BeginWaiting())
                return;

            Look();
        }
#pragma warning disable CA1031 // Nothing about one socket may reach the thread that serves all.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _socket.Dispose();
            // One that was cut meanwhile is nobody's loss.
            if (failure is not (SocketException or ObjectDisposedException))
                _listener.Clients.Failed(failure);
        }

        _listener.Clients.Sweeper.Cancel(_deadline);
        _listener.Forget(this);
        Dispose();
    }

    // A read of nothing completes when there is something.
    private bool BeginWaiting()
    {
        _socket.NoDelay = true;
        _socket.Blocking = false;
        _listener.Clients.Sweeper.Schedule(_deadline, _listener.Clients.FirstBytesTimeout);
        return _socket.ReceiveAsync(this);
    }

    private void Look()
    {
        _listener.Clients.Sweeper.Cancel(_deadline);
        var buffer = ArrayPool<byte>.Shared.Rent(UpgradeRequest.MaxBytes);
        try
        {
            var error = SocketError;
            var count = error == SocketError.Success ? _socket.Receive(buffer, 0, UpgradeRequest.MaxBytes, SocketFlags.Peek, out error) : 0;
            if (count == 0 && error != SocketError.WouldBlock)
                _socket.Dispose(); // It has gone without a word.
            else if (UpgradeRequest.TryRead(buffer.AsSpan(0, count), out var request) && _listener.Clients.TryAdmit(request))
                _listener.Clients.Serve(_socket, request, buffer);
            else
                _listener.Pass(_socket);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The read that waits finds the end then, and closes. Closing during a read would be a reset to the client.
    private static void Cut(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }

    private sealed class Deadline(Socket socket) : Scheduled
    {
        protected internal override void OnDue() => Cut(socket);
    }
}
