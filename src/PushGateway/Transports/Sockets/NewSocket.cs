using System.Buffers;
using System.Net.Sockets;

namespace PushGateway.Transports.Sockets;

/// <summary>A socket from its acceptance to its first bytes, which say whether it is a client's. Nothing is taken off it before that is known, so that others get it as it came.</summary>
internal sealed class NewSocket : SocketAsyncEventArgs
{
    private readonly Socket _socket;
    private readonly SocketListener _listener;
    private readonly PendingSocket _pending;

    public NewSocket(Socket socket, SocketListener listener)
        : base(true) =>
        (_socket, _listener, _pending) = (socket, listener, listener.Pending.Add(socket));

    /// <summary>Waits for the first bytes. A client that sends nothing in time is cut. Never throws.</summary>
    public void Wait() => Run(begins: true);

    /// <summary>Cuts it, also when it is another's by now. May be called at any time.</summary>
    public void Cut() => _pending.Cut();

    protected override void OnCompleted(SocketAsyncEventArgs e) => Run(begins: false);

    private void Run(bool begins)
    {
        var passed = false;
        try
        {
            if (begins && BeginWaiting())
                return;

            passed = Look();
        }
#pragma warning disable CA1031 // Nothing about one socket may reach the thread that serves all.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _socket.Dispose();
            // One that was cut meanwhile is nobody's loss.
            if (failure is not (SocketException or ObjectDisposedException))
                _listener.Clients.Failed(null, failure);
        }

        if (!passed)
            _pending.End();
        _listener.Forget(this);
        Dispose();
    }

    // A read of nothing completes when there is something.
    private bool BeginWaiting()
    {
        _socket.NoDelay = true;
        _socket.Blocking = false;
        return _socket.ReceiveAsync(this);
    }

    // True when it is the server's from now on, and its request still to come.
    private bool Look()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(UpgradeRequest.MaxBytes);
        try
        {
            var error = SocketError;
            var count = error == SocketError.Success ? _socket.Receive(buffer, 0, UpgradeRequest.MaxBytes, SocketFlags.Peek, out error) : 0;
            if (count == 0 && error != SocketError.WouldBlock)
            {
                _socket.Dispose(); // It has gone without a word.
                return false;
            }

            if (UpgradeRequest.TryRead(buffer.AsSpan(0, count), out var request) && _listener.Clients.TryAdmit(request))
            {
                _listener.Clients.Serve(_socket, request, buffer);
                return false;
            }

            _listener.Pass(_socket, _pending);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
