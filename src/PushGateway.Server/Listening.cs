using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace PushGateway.Server;

/// <summary>How the server listens.</summary>
internal static class Listening
{
    // A request is handled on the thread that its bytes came to, and answered from it. Nothing here blocks a thread, so nothing is gained by handing it on.
    public static void Configure(SocketTransportOptions sockets) => sockets.UnsafePreferInlineScheduling = true;

    public static void Configure(KestrelServerOptions kestrel, IOptions<PushGatewayOptions> gateway)
    {
        var connections = gateway.Value.Connections;
        kestrel.Limits.RequestHeadersTimeout = connections.HandshakeTimeout;
        kestrel.Limits.MaxRequestHeadersTotalSize = connections.MaxHeaderBytes;
        kestrel.Limits.MaxRequestLineSize = Math.Min(kestrel.Limits.MaxRequestLineSize, connections.MaxHeaderBytes);
        kestrel.AddServerHeader = false;
        // The API reads bodies up to its own limit and answers a larger one with a problem; Kestrel's limit only has to be out of its way.
        kestrel.Limits.MaxRequestBodySize = null;
    }
}
