using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace PushGateway.Transports.Sockets;

/// <summary>Listens beneath Kestrel: keeps the sockets of clients, and gives all others to Kestrel. Why: docs/decisions/0014-bare-sockets.md.</summary>
internal sealed class SocketListenerFactory(
    IServiceProvider services, PendingSockets pending, IOptions<PushGatewayOptions> gateway, IOptions<SocketTransportOptions> options, IMemoryPoolFactory<byte> memory, ILogger<SocketListener> logger, TimeProvider time)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly int? _managementPort = gateway.Value.Management.Port;

    /// <summary>TCP alone, and where clients may come. Unix sockets and inherited ones are Kestrel's.</summary>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint { Port: var port } && port != _managementPort;

    [SuppressMessage("Reliability", "CA2000", Justification = "The listener owns the socket, and its caller owns the listener.")]
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = Bind(endpoint);
        // Only now: the server is made with this factory, and clients are told of the server's addresses.
        var clients = ActivatorUtilities.CreateInstance<SocketClients>(services, (IPEndPoint)socket.LocalEndPoint!);
        return new(new SocketListener(socket, clients, pending, options.Value, memory.Create(), logger, time));
    }

    // As the server's own listener does it, and with the exception that the server knows.
    private Socket Bind(EndPoint endpoint)
    {
        Socket? socket = null;
        try
        {
            socket = options.Value.CreateBoundListenSocket(endpoint);
            socket.Listen(options.Value.Backlog);
            return socket;
        }
        catch (SocketException inUse) when (inUse.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(inUse.Message, inUse);
        }
    }
}
