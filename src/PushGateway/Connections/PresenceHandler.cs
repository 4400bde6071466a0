using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Authorization;

namespace PushGateway.Connections;

/// <summary>Answers the <c>presence</c> and <c>presence_stats</c> commands.</summary>
internal sealed class PresenceHandler(IPresence presence, ChannelDirectory directory, ClientPermissions permissions, IOptions<PushGatewayOptions> options)
{
    private readonly int _maxClients = options.Value.Connections.MaxPresenceClients;

    public async ValueTask ReadAsync(Connection connection, uint id, PresenceRequest request)
    {
        if (await JudgeAsync(connection, request.Channel) is { } refusal)
        {
            refusal.Tell(connection, id);
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
        if (await JudgeAsync(connection, request.Channel) is { } refusal)
        {
            refusal.Tell(connection, id);
            return;
        }

        Result result;
        try
        {
            result = new PresenceStatsResult(await presence.CountAsync(request.Channel!, CancellationToken.None));
        }
        catch (BrokerUnavailableException)
        {
            result = ErrorResult.Internal;
        }

        connection.Send(new Reply(id, result));
    }

    // Who may not know is told nothing, not even whether members are kept.
    private async ValueTask<Refusal?> JudgeAsync(Connection connection, string? channel)
    {
        if (!ChannelName.TryParse(channel, out var name, out _))
            return ErrorResult.BadRequest;

        if (await permissions.JudgeAsync(ChannelOperation.ReadPresence, connection, name) is { Refusal: { } refusal })
            return refusal;

        return directory.RulesOf(name.Value).Presence ? null : ErrorResult.NotAvailable;
    }
}
