using System.Buffers;
using System.Net.Sockets;
using PushGateway.Connections;

namespace PushGateway.Transports.Sockets;

/// <summary>A socket from its acceptance to its first bytes, which say whether it is a client's. Nothing is taken off it before that is known, so that others get it as it came.</summary>
internal sealed class NewSocket(Socket socket, SocketListener listener, SocketClients clients) : SocketAsyncEventArgs(true)
{
    private Deadline? _deadline;

    /// <summary>Waits for the first bytes. A client that sends nothing in time is cut.</summary>
    public void Wait()
    {
        socket.Blocking = false;
        _deadline = new Deadline(socket);
        clients.Sweeper.Schedule(_deadline, clients.FirstBytesTimeout);
        Guarded(static self =>
        {
            // A read of nothing completes when there is something.
            if (!self.Socket.ReceiveAsync(self))
                self.Look();
        });
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => Guarded(static self => self.Look());

    private Socket Socket => socket;

    private void Look()
    {
        clients.Sweeper.Cancel(_deadline!);
        Dispose();
        var buffer = ArrayPool<byte>.Shared.Rent(UpgradeRequest.MaxBytes);
        try
        {
            var count = SocketError == SocketError.Success ? socket.Receive(buffer, 0, UpgradeRequest.MaxBytes, SocketFlags.Peek, out _) : 0;
            if (count > 0 && UpgradeRequest.TryRead(buffer.AsSpan(0, count), out var request) && clients.TryAdmit(request))
                clients.Serve(socket, request, buffer);
            else
                listener.Pass(socket);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A socket that was cut meanwhile is nobody's loss; and nothing about one socket may reach the thread that serves all.
    private void Guarded(Action<NewSocket> step)
    {
        try
        {
            step(this);
        }
#pragma warning disable CA1031
        catch (Exception)
#pragma warning restore CA1031
        {
            socket.Dispose();
        }
    }

    private sealed class Deadline(Socket socket) : Scheduled
    {
        protected internal override void OnDue() => socket.Dispose();
    }
}
