using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PushGateway.Channels;
using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>Serves <c>/connection/websocket</c>: the client protocol over WebSocket.</summary>
internal sealed partial class ClientEndpoint(WebSocketHandshake handshake, ConnectionRegistry connections, CommandHandler commands, ILogger<ClientEndpoint> logger)
{
    private const string JsonSubprotocol = "centrifuge-json";

    /// <summary>Serves one client, from the handshake to the end.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (await handshake.TryAcceptAsync(context, JsonSubprotocol) is not { } stream)
            return;

        var transport = new StreamTransport(context, stream, WebSocketFormat.Json);
        var connection = connections.Open(transport, UserOf(context.User));
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

    /// <summary>Who the host's own authentication says it is; empty for nobody.</summary>
    private string UserOf(ClaimsPrincipal principal)
    {
        if (principal.Identity is not { IsAuthenticated: true })
            return "";

        var user = principal.FindFirst(ClaimTypes.NameIdentifier)?.Value ?? principal.FindFirst("sub")?.Value;
        if (ChannelName.IsUser(user, out var why))
            return user;

        Log.UnusableUser(logger, why);
        return "";
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

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "An authenticated client counts as anonymous, since its user id {Why}.")]
        public static partial void UnusableUser(ILogger logger, string why);
    }
}
