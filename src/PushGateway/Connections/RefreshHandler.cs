using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Protocol;
using PushGateway.Security;

namespace PushGateway.Connections;

/// <summary>Takes the tokens that clients bring before those they came with end: the <c>refresh</c> and <c>sub_refresh</c> commands.</summary>
internal sealed class RefreshHandler(ClientCredentials credentials)
{
    public async ValueTask RefreshAsync(Connection connection, uint id, RefreshRequest request)
    {
        if (string.IsNullOrEmpty(request.Token))
        {
            connection.Close(CloseReason.BadRequest);
            return;
        }

        var (grant, refusal) = await credentials.JudgeRefreshAsync(connection, request.Token);
        if (grant is null)
        {
            refusal!.Tell(connection, id);
            return;
        }

        connection.Renew(grant.Stamp);
        connection.Send(new Reply(id, new RefreshResult(connection.Id.ToString(), LocalNode.Product, connection.Permit?.TtlSeconds)));
    }

    public async ValueTask RefreshAsync(Connection connection, uint id, SubscriptionRefreshRequest request)
    {
        if (!ChannelName.TryParse(request.Channel, out var name, out _) || string.IsNullOrEmpty(request.Token))
        {
            connection.Send(new Reply(id, ErrorResult.BadRequest));
            return;
        }

        if (!credentials.AreTaken)
        {
            connection.Send(new Reply(id, ErrorResult.NotAvailable));
            return;
        }

        // Only what a token has opened can be kept open by another.
        if (connection.Subscriptions.Find(name.Value) is not { Permit: { } permit } subscription)
        {
            connection.Send(new Reply(id, ErrorResult.PermissionDenied));
            return;
        }

        var (grant, refusal) = await credentials.JudgeAsync(connection, name, request.Token);
        if (grant is null)
            refusal!.Tell(connection, id);
        else if (connection.Subscriptions.TryRenew(subscription, grant.Stamp, grant.ExpiresAt))
            connection.Send(new Reply(id, new SubscriptionRefreshResult(permit.TtlSeconds)));
        else
            connection.Send(new Reply(id, ErrorResult.PermissionDenied)); // It has ended meanwhile, and the client was told.
    }
}
