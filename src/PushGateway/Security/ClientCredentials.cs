using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Protocol;
using PushGateway.Security.Tokens;

namespace PushGateway.Security;

/// <summary>Judges the tokens that clients bring: whether they are good, not taken back, and theirs.</summary>
internal sealed class ClientCredentials(ClientTokens tokens, Revocations.Revocations revocations, Audit audit)
{
    /// <summary>Whether tokens are taken here at all. If not, they are answered with error 108.</summary>
    public bool AreTaken => tokens.IsEnabled;

    /// <summary>Judges a connection token.</summary>
    public async ValueTask<(ClientGrant? Grant, Refusal? Refusal)> JudgeAsync(Connection connection, string token)
    {
        if (!AreTaken)
            return (null, ErrorResult.NotAvailable);

        var (grant, defect, why) = await tokens.ReadConnectionAsync(token, connection.Gone);
        return grant is null
            ? (null, Refuse(connection, null, defect, why))
            : WhyRevoked(connection, null, grant.Identity.User, grant.Stamp) is { } revoked ? (null, revoked) : (grant, null);
    }

    /// <summary>Judges a connection token that is to continue a session.</summary>
    public async ValueTask<(ClientGrant? Grant, Refusal? Refusal)> JudgeRefreshAsync(Connection connection, string token)
    {
        var (grant, refusal) = await JudgeAsync(connection, token);
        return grant is null || grant.Identity.User == connection.User
            ? (grant, refusal)
            : (null, Refuse(connection, null, TokenDefect.Invalid, "It is another user's."));
    }

    /// <summary>Judges a subscription token.</summary>
    public async ValueTask<(SubscriptionGrant? Grant, Refusal? Refusal)> JudgeAsync(Connection connection, ChannelName channel, string token)
    {
        if (!AreTaken)
            return (null, ErrorResult.NotAvailable);

        var (grant, defect, why) = await tokens.ReadSubscriptionAsync(token, connection.Gone);
        if (grant is null)
            return (null, Refuse(connection, channel.Value, defect, why));

        if (grant.Channel != channel.Value)
            return (null, Refuse(connection, channel.Value, TokenDefect.Invalid, "It is for another channel."));

        if (grant.User != connection.User)
            return (null, Refuse(connection, channel.Value, TokenDefect.Invalid, "It is another user's."));

        return WhyRevoked(connection, channel.Value, grant.User, grant.Stamp) is { } revoked ? (null, revoked) : (grant, null);
    }

    /// <summary>
    /// Whether what lets a client in has been taken back since it was judged. To be asked once more when all who look for what they take back would find the connection, or one that came at
    /// that very moment would be overlooked.
    /// </summary>
    public bool IsRevoked(Connection connection, Permit? permit) => permit is not null && revocations.Revoke(connection.User, permit.Stamp);

    private Refusal? WhyRevoked(Connection connection, string? channel, string user, TokenStamp stamp)
    {
        // A node that has not read what was taken back cannot trust anything.
        if (!revocations.AreKnown)
            return Refuse(connection, channel, TokenDefect.Unavailable, "Revocations are not known yet.");

        return revocations.Contain(user, stamp) ? Refuse(connection, channel, TokenDefect.Invalid, "It is revoked.") : null;
    }

    private Refusal Refuse(Connection connection, string? channel, TokenDefect defect, string? why)
    {
        audit.TokenRefused(connection.Id, connection.User, channel, why ?? "It is not good.");
        return defect switch
        {
            TokenDefect.Expired => ErrorResult.TokenExpired,
            TokenDefect.Unavailable => ErrorResult.Internal,
            _ => CloseReason.InvalidToken,
        };
    }
}
