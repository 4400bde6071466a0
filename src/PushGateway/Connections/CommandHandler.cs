using Microsoft.Extensions.Logging;
using PushGateway.Channels;
using PushGateway.Fanout;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>The meaning of commands, whatever their encoding and transport.</summary>
internal sealed partial class CommandHandler(
    ConnectHandler connects,
    SubscribeHandler subscriptions,
    RefreshHandler refreshes,
    PublishHandler publications,
    HistoryHandler histories,
    PresenceHandler members,
    ILogger<CommandHandler> logger)
{
    /// <summary>Carries out the commands of one message in their order. Never throws: what goes wrong ends in a reply or closes the connection.</summary>
    public async ValueTask HandleAsync(Connection connection, ReadOnlyMemory<byte> message)
    {
        connection.HoldReplies();
        try
        {
            do
            {
                if (!connection.Protocol.TryRead(ref message, out var command))
                {
                    connection.Close(CloseReason.BadRequest);
                    return;
                }

                var handling = HandleAsync(connection, command);
                if (!handling.IsCompleted)
                    connection.ReleaseReplies(); // Replies and publications do not wait for a command that takes its time.
                await handling;
            }
            while (!message.IsEmpty && connection.IsOpen);
        }
#pragma warning disable CA1031 // A failure in one client's command is that client's alone.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.CommandFailed(logger, connection.Id, failure);
            connection.Close(CloseReason.ServerError);
        }
        finally
        {
            connection.ReleaseReplies();
        }
    }

    private ValueTask HandleAsync(Connection connection, Command command)
    {
        var (id, request) = command;
        if (request is null ? id == 0 && connection.TryTakePong() : IsInPlace(connection, id, request))
        {
            switch (request)
            {
                case null: break;
                case not null when !IsWithinBudget(connection, id): break;
                case ConnectRequest connect: return connects.ConnectAsync(connection, id, connect);
                case SubscribeRequest subscribe: return subscriptions.SubscribeAsync(connection, id, subscribe);
                case RefreshRequest refresh: return refreshes.RefreshAsync(connection, id, refresh);
                case SubscriptionRefreshRequest refresh: return refreshes.RefreshAsync(connection, id, refresh);
                case HistoryRequest history: return histories.ReadAsync(connection, id, history);
                case PresenceRequest presence: return members.ReadAsync(connection, id, presence);
                case PresenceStatsRequest stats: return members.CountAsync(connection, id, stats);
                case UnsubscribeRequest unsubscribe: Unsubscribe(connection, id, unsubscribe); break;
                case PublishRequest publish: return publications.PublishAsync(connection, id, publish);
                case PingRequest: connection.Send(new Reply(id, PingResult.Instance)); break;
                case SendRequest: connection.Close(CloseReason.NotAvailable); break;
                default: connection.Send(new Reply(id, ErrorResult.NotAvailable)); break;
            }
        }
        else
        {
            connection.Close(CloseReason.BadRequest);
        }

        return ValueTask.CompletedTask;
    }

    // Connect comes first and once; only send goes without an id.
    private static bool IsInPlace(Connection connection, uint id, Request request) =>
        (id > 0 || request is SendRequest) && (request is ConnectRequest ? connection.TryBeginSession() : connection.IsConnected);

    private static bool IsWithinBudget(Connection connection, uint id)
    {
        switch (connection.CountCommand())
        {
            case CommandBudget.Verdict.Granted:
                return true;

            case CommandBudget.Verdict.Refused when id > 0:
                connection.Send(new Reply(id, ErrorResult.TooManyRequests));
                return false;

            case CommandBudget.Verdict.Exceeded:
                connection.Close(CloseReason.TooManyRequests);
                return false;

            default:
                return false;
        }
    }

    private static void Unsubscribe(Connection connection, uint id, UnsubscribeRequest request)
    {
        if (!ChannelName.TryParse(request.Channel, out var name, out _))
        {
            connection.Send(new Reply(id, ErrorResult.BadRequest));
            return;
        }

        if (name.IsPersonal)
        {
            // A user's own channel is the server's, and tells whether the user is online.
            connection.Send(new Reply(id, ErrorResult.PermissionDenied));
            return;
        }

        if (connection.Subscriptions.Remove(name.Value) is { } subscription)
            Hub.Unsubscribe(subscription);
        connection.Send(new Reply(id, UnsubscribeResult.Instance));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A command of connection {Connection} failed.")]
        public static partial void CommandFailed(ILogger logger, Guid connection, Exception failure);
    }
}
