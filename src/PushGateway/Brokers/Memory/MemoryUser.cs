using PushGateway.Presence;

namespace PushGateway.Brokers.Memory;

/// <summary>What is kept of a user. Not for several threads at once.</summary>
internal sealed class MemoryUser(string id)
{
    public string Id => id;

    /// <summary>Who is in the user's own channel; null when the user is offline.</summary>
    public MemoryMembers? Connections { get; private set; }

    /// <summary>When the last client that went did so.</summary>
    public DateTimeOffset LastSeen { get; set; }

    /// <summary>Until when that is known, once the user is offline.</summary>
    public DateTimeOffset KnownUntil { get; private set; }

    /// <summary>Of the last coming or going; see <see cref="IPresenceListener.AnnounceAsync"/>.</summary>
    public long Version { get; private set; }

    /// <summary>Whether that is still to be announced.</summary>
    public bool IsPending { get; set; }

    private DateTimeOffset _since;

    public void ComeOnline(MemoryMembers connections, DateTimeOffset now, long version) =>
        (Connections, _since, Version) = (connections, now, version);

    public void GoOffline(DateTimeOffset knownUntil, long version) => (Connections, KnownUntil, Version) = (null, knownUntil, version);

    public UserPresence ToPresence() => Connections is { } connections
        ? new UserPresence(id, connections.Stats.Clients, _since, LastSeen: null)
        : new UserPresence(id, 0, Since: null, LastSeen);
}
