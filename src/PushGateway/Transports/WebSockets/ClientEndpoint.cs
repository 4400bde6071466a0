using Microsoft.AspNetCore.Http;
using PushGateway.Connections;
using PushGateway.Security;

namespace PushGateway.Transports.WebSockets;

/// <summary>Serves <c>/connection/websocket</c>: the client protocol over WebSocket.</summary>
internal sealed class ClientEndpoint(WebSocketHandshake handshake, ClientIdentities identities, ConnectionRegistry connections, CommandHandler commands)
{
    private const string JsonSubprotocol = "centrifuge-json";

    /// <summary>Serves one client, from the handshake to the end.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (await handshake.TryAcceptAsync(context, JsonSubprotocol) is not { } stream)
            return;

        var transport = new StreamTransport(context, stream, WebSocketFormat.Json);
        var connection = connections.Open(transport, identities.Of(context.User));
        try
        {
            await MessagePump.RunAsync(transport.Input, connections.Options.MaxMessageBytes, message => ReceiveAsync(connection, message));
        }
        finally
        {
            await connection.EndAsync();
            transport.End();
        }
    }

    /// <summary>Takes one message; false when no more are wanted.</summary>
    private async ValueTask<bool> ReceiveAsync(Connection connection, Message message)
    {
        if (message.Violation is { } violation)
            connection.Close(violation);
        else if (message.Opcode == Opcode.Ping)
            connection.Send(Frame.Make(Opcode.Pong, message.Payload.Span));
        else if (message.Opcode == Opcode.Close)
            connection.Close(CloseFrame.AnswerTo(message.Payload.Span));
        else if (message.Opcode != Opcode.Pong && connection.IsOpen)
            await HandleAsync(connection, message);

        return message.Opcode != Opcode.Close;
    }

    private ValueTask HandleAsync(Connection connection, Message message)
    {
        if (message.Opcode == WebSocketFormat.Json.Opcode)
            return commands.HandleAsync(connection, message.Payload);

        connection.Close(CloseReason.InappropriateProtocol);
        return ValueTask.CompletedTask;
    }
}
