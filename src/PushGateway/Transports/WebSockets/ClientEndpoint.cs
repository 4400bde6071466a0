using Microsoft.AspNetCore.Http;
using PushGateway.Connections;
using PushGateway.Security;

namespace PushGateway.Transports.WebSockets;

/// <summary>Serves <c>/connection/websocket</c>: the client protocol over WebSocket.</summary>
internal sealed class ClientEndpoint(
    WebSocketHandshake handshake, Admission admission, ClientIdentities identities, WantedHeaders headers, ConnectionRegistry connections, ClientMessages messages)
{
    /// <summary>Serves one client, from the handshake to the end.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (await handshake.TryAcceptAsync(context, ClientMessages.Subprotocol) is not { } stream)
            return;

        try
        {
            await ServeAsync(context, stream);
        }
        finally
        {
            admission.Leave();
        }
    }

    private async Task ServeAsync(HttpContext context, Stream stream)
    {
        var transport = new StreamTransport(context, stream, WebSocketFormat.Json);
        var connection = connections.Open(transport, identities.Of(context.User), headers.Of(context.Request.Headers));
        try
        {
            await MessagePump.RunAsync(transport.Input, connections.Options.MaxMessageBytes, message => messages.ReceiveAsync(connection, message));
        }
        finally
        {
            await connection.EndAsync();
            transport.End();
        }
    }
}
