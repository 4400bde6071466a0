using System.Net.Sockets;
using PushGateway.Connections;

namespace PushGateway.Transports.Sockets;

/// <summary>A socket that has not sent a complete request, whoever reads from it by now. It is cut when its time is over.</summary>
internal sealed class PendingSocket : Scheduled
{
    private readonly Socket _socket;
    private readonly PendingSockets _all;

    public PendingSocket(Socket socket, PendingSockets all)
    {
        (_socket, _all) = (socket, all);
        Place = new LinkedListNode<PendingSocket>(this);
    }

    /// <summary>Its place among all of them.</summary>
    public LinkedListNode<PendingSocket> Place { get; }

    /// <summary>Its request is complete, or it has gone. May be called at any time, and again.</summary>
    public void End() => _all.Remove(this);

    /// <summary>Ends it from our side. Who waits for bytes finds the end then, and closes. Closing during a read would be a reset to the client.</summary>
    public void Cut()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            _socket.Dispose();
        }
    }

    protected internal override void OnDue() => _all.End(this);
}
