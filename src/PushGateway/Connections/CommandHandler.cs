using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Fanout;
using PushGateway.Notifications;
using PushGateway.Protocol;
using PushGateway.Security;

namespace PushGateway.Connections;

/// <summary>The meaning of commands, whatever their encoding and transport.</summary>
internal sealed partial class CommandHandler(
    SubscribeHandler subscriptions,
    HistoryHandler histories,
    PresenceHandler members,
    IBroker broker,
    ChannelDirectory directory,
    ClientPermissions permissions,
    LocalNode node,
    IOptions<PushGatewayOptions> options,
    ILogger<CommandHandler> logger)
{
    private readonly int _pingSeconds = (int)options.Value.Connections.PingInterval.TotalSeconds;
    private readonly int _maxDataBytes = options.Value.Api.MaxDataBytes;

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
                case ConnectRequest connect: return ConnectAsync(connection, id, connect);
                case SubscribeRequest subscribe: return subscriptions.SubscribeAsync(connection, id, subscribe);
                case HistoryRequest history: return histories.ReadAsync(connection, id, history);
                case PresenceRequest presence: return members.ReadAsync(connection, id, presence);
                case PresenceStatsRequest stats: return members.CountAsync(connection, id, stats);
                case UnsubscribeRequest unsubscribe: Unsubscribe(connection, id, unsubscribe); break;
                case PublishRequest publish: return PublishAsync(connection, id, publish);
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

    private async ValueTask ConnectAsync(Connection connection, uint id, ConnectRequest request)
    {
        if (!string.IsNullOrEmpty(request.Token))
        {
            // Tokens are not checked by this version, and a token that is not checked must not open a session.
            connection.Send(new Reply(id, ErrorResult.NotAvailable));
            return;
        }

        if (!permissions.MayConnect(connection.User))
        {
            connection.Close(CloseReason.BadRequest);
            return;
        }

        Joined[] joined = [];
        if (connection.User.Length > 0)
        {
            if (await subscriptions.JoinPersonalAsync(connection, request) is not { } personal)
            {
                connection.Send(new Reply(id, ErrorResult.Internal));
                return;
            }

            joined = [personal];
        }

        var result = new ConnectResult(
            connection.Id.ToString(), LocalNode.Product, _pingSeconds, node.Id, Array.ConvertAll(joined, entry => (entry.Subscription.Channel.Name, entry.Result)));
        connection.TryOpenSession(new Reply(id, result), Array.ConvertAll(joined, entry => (entry.Subscription, entry.Position)));
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

    private async ValueTask PublishAsync(Connection connection, uint id, PublishRequest request)
    {
        if (!ChannelName.TryParse(request.Channel, out var name, out _) || request.Data.IsEmpty || request.Data.Length > _maxDataBytes)
        {
            connection.Send(new Reply(id, ErrorResult.BadRequest));
            return;
        }

        if (permissions.MayPublish(connection.User, name) is { } refused)
        {
            connection.Send(new Reply(id, refused));
            return;
        }

        Result result = PublishResult.Instance;
        try
        {
            await broker.PublishAsync(
                name.Value, new Publication(JsonPayload.OnOneLine(request.Data), Info: connection.Info), new PublishOptions(directory.RulesOf(name.Value).History), CancellationToken.None);
        }
        catch (BrokerUnavailableException)
        {
            result = ErrorResult.Internal;
        }

        connection.Send(new Reply(id, result));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A command of connection {Connection} failed.")]
        public static partial void CommandFailed(ILogger logger, Guid connection, Exception failure);
    }
}
