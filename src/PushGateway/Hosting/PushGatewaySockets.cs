using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PushGateway.Connections;
using PushGateway.Hosting;
using PushGateway.Transports.Sockets;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Serves clients on bare sockets.</summary>
public static class PushGatewaySockets
{
    /// <summary>
    /// Has clients that connect without TLS served on their bare sockets, beneath Kestrel: less than half the memory and CPU a connection. They never become requests of the application, so
    /// that no middleware sees them, and who they are only a token or a callback can say: not for hosts that know users by their own authentication. They are served at <c>/connection/websocket</c> of every address without TLS,
    /// wherever <c>MapPushGateway()</c> puts the gateway. All that is not such a client goes on to Kestrel as it came.
    /// </summary>
    /// <param name="builder">From <c>AddPushGateway()</c>.</param>
    /// <param name="takesQueries">Whether requests with a query are served so as well, and their query is passed over. Default: no.</param>
    /// <returns>The same, for more.</returns>
    /// <remarks>Switched off by <see cref="ConnectionOptions.BareSockets"/>.</remarks>
    public static PushGatewayBuilder AddSocketListener(this PushGatewayBuilder builder, bool takesQueries = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(new SocketOptions(takesQueries));
        builder.Services.TryAddSingleton<AllowedHosts>();
        builder.Services.TryAddSingleton<PendingSockets>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IStartupFilter, FirstRequest>());
        // The server asks the last first, and adds its own only where there is none: it may come after this, and is still needed for other sockets than TCP.
        builder.Services.TryAddSingleton<IConnectionListenerFactory, SocketTransportFactory>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConnectionListenerFactory, SocketListenerFactory>());
        return builder;
    }
}
