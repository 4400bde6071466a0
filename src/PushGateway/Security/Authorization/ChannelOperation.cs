namespace PushGateway.Security.Authorization;

/// <summary>What a client may want to do in a channel.</summary>
public enum ChannelOperation
{
    /// <summary>Get its publications.</summary>
    Subscribe,

    /// <summary>Publish to it.</summary>
    Publish,

    /// <summary>Know who is in it.</summary>
    ReadPresence,

    /// <summary>Read what was published.</summary>
    ReadHistory,
}
