using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>Answers the <c>presence</c> and <c>presence_stats</c> commands.</summary>
internal sealed class PresenceHandler(IPresence presence, ChannelDirectory directory, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxClients = options.Value.Connections.MaxPresenceClients;

    public async ValueTask ReadAsync(Connection connection, uint id, PresenceRequest request)
    {
        if (Judge(connection, request.Channel) is { } error)
        {
            connection.Send(new Reply(id, error));
            return;
        }

        await connection.RoomForLargeReplyAsync();
        Result result;
        try
        {
            var page = await presence.ReadAsync(request.Channel!, new PresenceQuery(_maxClients), CancellationToken.None);

            // The protocol knows no pages, and a part would pass for the whole.
            result = page.Next is null ? new PresenceResult(page.Members) : ErrorResult.LimitExceeded;
        }
        catch (BrokerUnavailableException)
        {
            result = ErrorResult.Internal;
        }

        connection.SendBeyondLimit(new Reply(id, result));
    }

    public async ValueTask CountAsync(Connection connection, uint id, PresenceStatsRequest request)
    {
        Result? result = Judge(connection, request.Channel);
        try
        {
            result ??= new PresenceStatsResult(await presence.CountAsync(request.Channel!, CancellationToken.None));
        }
        catch (BrokerUnavailableException)
        {
            result = ErrorResult.Internal;
        }

        connection.Send(new Reply(id, result));
    }

    // Who is in a channel may know who else is; who is not, learns nothing, not even whether members are kept.
    private ErrorResult? Judge(Connection connection, string? channel)
    {
        if (!ChannelName.TryParse(channel, out var name, out _))
            return ErrorResult.BadRequest;

        if (!directory.TryGetRules(name, out var rules))
            return ErrorResult.UnknownChannel;

        if (!connection.Subscriptions.Contains(name.Value))
            return ErrorResult.PermissionDenied;

        return rules.Presence ? null : ErrorResult.NotAvailable;
    }
}
