using PushGateway.Presence;

namespace PushGateway.Redis.Presence;

/// <summary>What the scripts say of users.</summary>
internal static class UserStates
{
    /// <param name="user">The user.</param>
    /// <param name="connections">How many there are.</param>
    /// <param name="since">Since when, in Unix ms; 0 if that is not known.</param>
    /// <param name="lastSeen">Last seen, in Unix ms; 0 if that is not known.</param>
    public static UserPresence From(string user, long connections, long since, long lastSeen) => new(
        user,
        connections,
        connections > 0 && since > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null,
        connections == 0 && lastSeen > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(lastSeen) : null);
}
