namespace PushGateway.Presence;

/// <summary>Settings of what is known of users, section <c>PushGateway:UserPresence</c>.</summary>
public sealed class UserPresenceOptions
{
    /// <summary>Whether it is kept who is online. Default: true. Costs two small writes when a client connects, two when it goes, and none in between.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>How long it is known when a user was last seen. Default: 30 days, from 1 second to 10 years.</summary>
    public TimeSpan LastSeenTtl { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// The namespace in which watchers are told: with <c>online</c>, that user 42 came or went is published to the channel <c>online:42</c>. It has to be configured like any other, which is
    /// where it stands who may watch. Default: none, and nobody is told.
    /// </summary>
    public string? ChangesNamespace { get; set; }
}
