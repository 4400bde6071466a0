using System.Text.Json.Serialization;
using PushGateway.Presence;

namespace PushGateway.Api;

/// <summary>The answer to <c>GET /v1/channels/{channel}/presence</c>.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Clients">Connections in it, on all pages.</param>
/// <param name="Users">Distinct users among them.</param>
/// <param name="Members">Those of this page.</param>
/// <param name="Next">What to pass as <c>after</c> for the page behind this one; absent on the last.</param>
internal sealed record PresenceAnswer(string Channel, long Clients, long Users, IReadOnlyList<ClientAnswer> Members, string? Next)
{
    public static PresenceAnswer From(string channel, PresencePage page)
    {
        var members = new ClientAnswer[page.Members.Count];
        for (var i = 0; i < members.Length; i++)
            members[i] = ClientAnswer.From(page.Members[i]);
        return new PresenceAnswer(channel, page.Stats.Clients, page.Stats.Users, members, page.Next);
    }
}

/// <summary>The answer to <c>GET /v1/channels/{channel}/presence/stats</c>.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Clients">Connections in it.</param>
/// <param name="Users">Distinct users among them.</param>
internal sealed record PresenceStatsAnswer(string Channel, long Clients, long Users)
{
    public static PresenceStatsAnswer From(string channel, PresenceStats stats) => new(channel, stats.Clients, stats.Users);
}

/// <summary>The answer to <c>GET /v1/users/{user}/presence</c>.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Online">Whether the user has a connection.</param>
/// <param name="Connections">How many.</param>
/// <param name="Since">Since when the user is online without a break; absent when offline.</param>
/// <param name="LastSeen">When the user's last connection ended; absent when online, or when that is not known.</param>
internal sealed record UserPresenceAnswer(
    string User,
    bool Online,
    long Connections,
    [property: JsonConverter(typeof(TimeConverter))] DateTimeOffset? Since,
    [property: JsonConverter(typeof(TimeConverter))] DateTimeOffset? LastSeen)
{
    public static UserPresenceAnswer From(UserPresence presence) => new(presence.User, presence.IsOnline, presence.Connections, presence.Since, presence.LastSeen);
}

/// <summary>The answer to <c>POST /v1/presence/query</c>.</summary>
/// <param name="Users">In the order of the request.</param>
internal sealed record UserPresencesAnswer(IReadOnlyList<UserPresenceAnswer> Users)
{
    public static UserPresencesAnswer From(IReadOnlyList<UserPresence> presences)
    {
        var users = new UserPresenceAnswer[presences.Count];
        for (var i = 0; i < users.Length; i++)
            users[i] = UserPresenceAnswer.From(presences[i]);
        return new UserPresencesAnswer(users);
    }
}
