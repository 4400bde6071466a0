namespace PushGateway.Channels;

/// <summary>Who among the clients may do a thing.</summary>
public enum ChannelAccess
{
    /// <summary>No client; back ends still may.</summary>
    Nobody,

    /// <summary>Clients with a user id.</summary>
    Authenticated,

    /// <summary>Every client, also one without a user id.</summary>
    Anonymous,

    /// <summary>Clients that a back end let into the channel: by a subscription token, by a connection token that names it, or by an order of its own.</summary>
    Token,

    /// <summary>Clients that are subscribed to the channel.</summary>
    Subscribers,

    /// <summary>Clients that the host's <see cref="Security.Authorization.IChannelAuthorizer"/> allows it, or in the server the back end at <c>PushGateway:Callbacks</c>.</summary>
    Callback,
}
