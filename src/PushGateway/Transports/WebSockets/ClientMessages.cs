using PushGateway.Connections;

namespace PushGateway.Transports.WebSockets;

/// <summary>What the messages on a client's WebSocket mean, whatever the bytes came by.</summary>
internal sealed class ClientMessages(CommandHandler commands)
{
    /// <summary>The subprotocol of clients, which they may leave out.</summary>
    public const string Subprotocol = "centrifuge-json";

    /// <summary>Takes one message; false when no more are wanted.</summary>
    public async ValueTask<bool> ReceiveAsync(Connection connection, Message message)
    {
        connection.CountReceived(message.Payload.Length);
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
