namespace PushGateway.IntegrationTests.Faults;

/// <summary>One connection of a client, from its handshake to its end.</summary>
/// <param name="user">Its user.</param>
/// <param name="node">Its node.</param>
/// <param name="channels">The channels that it subscribes to.</param>
/// <param name="observes">Whether it writes down who joins and leaves.</param>
internal sealed class PresenceSession(string user, Uri node, IReadOnlySet<string> channels, bool observes = false)
{
    public string User { get; } = user;

    public Uri Node { get; } = node;

    public IReadOnlySet<string> Channels { get; } = channels;

    public bool Observes { get; } = observes;

    /// <summary>The id of the connection; empty until the node has said it.</summary>
    public string Client { get; set; } = "";

    /// <summary>When it is one of its user's connections.</summary>
    public PresenceStay Online { get; } = new();

    /// <summary>When it is a member of its channels.</summary>
    public PresenceStay Present { get; } = new();

    /// <summary>When it died, or its node did; null when it did not go that way.</summary>
    public TimeSpan? DiedAt { get; set; }

    /// <summary>By when observers are to be told, if it died.</summary>
    public TimeSpan? LeftBy { get; set; }
}
