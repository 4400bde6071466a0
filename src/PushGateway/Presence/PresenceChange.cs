using PushGateway.Channels;

namespace PushGateway.Presence;

/// <summary>Something that happened to the members of a channel.</summary>
/// <param name="Kind">What.</param>
/// <param name="Previous">The <paramref name="Sequence"/> of the change before; 0 when the channel had no members, and so nothing that could have been missed.</param>
/// <param name="Sequence">Rises from change to change, not by one.</param>
/// <param name="Client">Who joined or left.</param>
/// <param name="Replaced">The id of the connection whose place <paramref name="Client"/> took; null but for <see cref="PresenceChangeKind.Returned"/>.</param>
public sealed record PresenceChange(PresenceChangeKind Kind, long Previous, long Sequence, ClientInfo Client, string? Replaced = null);

/// <summary>What happened to a member.</summary>
public enum PresenceChangeKind
{
    /// <summary>It is there.</summary>
    Joined,

    /// <summary>It is gone.</summary>
    Left,

    /// <summary>It came back with another connection before anybody was told that it had gone; nobody is told now.</summary>
    Returned,
}
