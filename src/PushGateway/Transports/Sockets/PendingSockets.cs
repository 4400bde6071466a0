using System.Net.Sockets;
using Microsoft.Extensions.Options;
using PushGateway.Diagnostics;
using PushGateway.Connections;

namespace PushGateway.Transports.Sockets;

/// <summary>
/// The sockets of a node that have not sent a complete request, in the order in which they came. There are never more than the settings say: the oldest goes for the newest, so that whoever
/// only opens sockets is the one to lose them, and a client that sends its request at once is served among thousands that do not.
/// </summary>
internal sealed class PendingSockets(Sweeper sweeper, ConnectionMeters meters, IOptions<PushGatewayOptions> options)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<PendingSocket> _sockets = new();
    private readonly TimeSpan _timeout = options.Value.Connections.HandshakeTimeout;

    /// <summary>How many there may be.</summary>
    public int Max { get; } = options.Value.Connections.MaxPendingHandshakes;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _sockets.Count;
        }
    }

    /// <summary>Takes one that was just accepted.</summary>
    public PendingSocket Add(Socket socket)
    {
        var pending = new PendingSocket(socket, this);
        PendingSocket? oldest = null;
        lock (_gate)
        {
            if (_sockets.Count == Max)
            {
                oldest = _sockets.First!.Value;
                RemoveNeedsLock(oldest);
            }

            _sockets.AddLast(pending.Place);
            sweeper.Schedule(pending, _timeout);
        }

        if (oldest is not null)
        {
            meters.HandshakeRefused("pending");
            oldest.Cut();
        }

        return pending;
    }

    /// <summary>Forgets one, if that has not happened.</summary>
    public void Remove(PendingSocket socket)
    {
        lock (_gate)
            RemoveNeedsLock(socket);
    }

    /// <summary>Cuts one whose time is over.</summary>
    public void End(PendingSocket socket)
    {
        Remove(socket);
        meters.HandshakeRefused("timeout");
        socket.Cut();
    }

    private void RemoveNeedsLock(PendingSocket socket)
    {
        if (socket.Place.List is null)
            return;

        _sockets.Remove(socket.Place);
        sweeper.Cancel(socket);
    }
}
