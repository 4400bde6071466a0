namespace PushGateway.Presence;

/// <summary>Whether a user is online.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Connections">How many connections the user has; 0 when offline.</param>
/// <param name="Since">Since when the user is online without a break; null when offline.</param>
/// <param name="LastSeen">When the last connection of a user that is offline ended; null when online, or when that is not known (any more).</param>
public sealed record UserPresence(string User, long Connections, DateTimeOffset? Since, DateTimeOffset? LastSeen)
{
    /// <summary>Whether the user has a connection.</summary>
    public bool IsOnline => Connections > 0;
}
