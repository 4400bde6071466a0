using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Security.Callbacks;
using PushGateway.Security.Tokens;

namespace PushGateway.Connections;

/// <summary>Opens sessions: finds out who a client is, and subscribes it to what is the server's to decide.</summary>
internal sealed class ConnectHandler(
    SubscribeHandler subscriptions,
    ClientCredentials credentials,
    ConnectCallback callback,
    ClientPermissions permissions,
    ConnectionRegistry registry,
    LocalNode node,
    IOptions<PushGatewayOptions> options)
{
    private readonly int _pingSeconds = (int)options.Value.Connections.PingInterval.TotalSeconds;
    private readonly int _maxRecoveryBytes = options.Value.Connections.MaxRecoveryBytes;

    /// <summary>Carries out a connect command.</summary>
    public async ValueTask ConnectAsync(Connection connection, uint id, ConnectRequest request)
    {
        var (grant, refusal) = await AdmitAsync(connection, request);
        if (refusal is null && grant is not null && !connection.TryIdentify(grant.Identity, ToPermit(connection, grant, request)))
            refusal = CloseReason.ConnectionLimit;

        IReadOnlyList<Joined> joined = [];
        if (refusal is null)
            (joined, refusal) = await JoinAsync(connection, grant?.Channels ?? [], request);
        if (refusal is null && credentials.IsRevoked(connection, connection.Permit))
            refusal = CloseReason.InvalidToken;

        if (refusal is { } why)
        {
            why.Tell(connection, id);
            return;
        }

        var result = new ConnectResult(
            connection.Id.ToString(), LocalNode.Product, _pingSeconds, node.Id, [.. joined.Select(entry => (entry.Subscription.Channel.Name, entry.Result))], connection.Permit?.TtlSeconds);
        if (!connection.TryOpenSession(new Reply(id, result), [.. joined.Select(entry => (entry.Subscription, entry.Position))]))
            return;

        foreach (var (subscription, answer, _) in joined)
            subscription.Channel.Meters.Answered(subscription.Channel.Rules, answer);
    }

    // A token says it, or the host knows it, or a back end is asked. Nobody is anonymous but where that is allowed.
    private async ValueTask<(ClientGrant? Grant, Refusal? Refusal)> AdmitAsync(Connection connection, ConnectRequest request)
    {
        if (!string.IsNullOrEmpty(request.Token))
            return await credentials.JudgeAsync(connection, request.Token);

        if (connection.User.Length > 0)
            return (new ClientGrant(new ClientIdentity(connection.User, connection.ConnectionInfo), Now()), null);

        if (callback.IsEnabled)
        {
            var (grant, error, end) = await callback.AskAsync(new ConnectQuestion(connection.Id.ToString(), request, connection.HandshakeHeaders ?? []), connection.Gone);
            return grant is not null ? (grant, null) : (null, end is not null ? end : (Refusal?)(error ?? ErrorResult.Internal));
        }

        return permissions.AllowsAnonymous ? (null, null) : (null, CloseReason.BadRequest);
    }

    private Permit ToPermit(Connection connection, ClientGrant grant, ConnectRequest request) =>
        new(connection, registry, grant.Stamp, grant.Stamp.ExpiresAt, isRefreshable: !string.IsNullOrEmpty(request.Token)) { Meta = grant.Meta };

    // What the host has found out counts from now on, so that it can be taken back like a token.
    private TokenStamp Now() => new(ExpiresAt: null, IssuedAt: registry.Time.GetUtcNow());

    private async ValueTask<(IReadOnlyList<Joined> Joined, Refusal? Refusal)> JoinAsync(
        Connection connection, IReadOnlyList<(string Channel, string? Info)> channels, ConnectRequest request)
    {
        // The user's own comes first, and nothing twice.
        if (connection.User.Length > 0)
            channels = [(ChannelName.Personal(connection.User), null), .. channels];
        channels = [.. channels.DistinctBy(static entry => entry.Channel, StringComparer.Ordinal)];

        foreach (var (channel, _) in channels)
            if (subscriptions.WhyNotByServer(connection, channel) is { } error)
                return ([], error);

        // All at once, so that what each asks of the broker goes out together.
        var joining = new Task<(Joined? Joined, ErrorResult? Refusal)>[channels.Count];
        for (var i = 0; i < joining.Length; i++)
            joining[i] = subscriptions.JoinByServerAsync(connection, channels[i].Channel, request, channels[i].Info).AsTask();

        var joined = new List<Joined>(joining.Length);
        Refusal? refusal = null;
        long recovered = 0;
        foreach (var (one, why) in await Task.WhenAll(joining))
        {
            refusal ??= why;
            if (one is null)
                continue;

            // All of it is in one reply, which is to stay within its limit.
            recovered += one.Result.Publications.Sum(static publication => (long)publication.Data.Length);
            joined.Add(recovered > _maxRecoveryBytes ? one.Unrecovered() : one);
        }

        return (joined, refusal);
    }
}
