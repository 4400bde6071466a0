namespace PushGateway.Security.Authorization;

/// <summary>
/// Decides what clients may do in channels whose settings say <see cref="Channels.ChannelAccess.Callback"/>. A host registers its own as a singleton; the server's asks a back end over HTTP.
/// Called by many connections at once. A client waits for the answer to its command, and nobody else does.
/// </summary>
public interface IChannelAuthorizer
{
    /// <summary>Decides about one command. An exception counts as no: the client is told of a temporary error, and the operator why.</summary>
    ValueTask<ChannelDecision> AuthorizeAsync(ChannelRequest request, CancellationToken cancellationToken);
}
