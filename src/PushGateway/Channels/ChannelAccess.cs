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
}
