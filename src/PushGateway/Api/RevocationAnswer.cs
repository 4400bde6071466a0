using System.Text.Json.Serialization;
using PushGateway.Security.Revocations;

namespace PushGateway.Api;

/// <summary>The answer to <c>POST /v1/tokens/revocations</c>.</summary>
/// <param name="User">Whose tokens are revoked; absent when it is one token.</param>
/// <param name="Before">Those issued before it; absent when it is one token.</param>
/// <param name="Jti">The one token; absent when they are a user's.</param>
/// <param name="KeptUntil">When the revocation is forgotten; absent for never.</param>
/// <param name="Connections">How many were closed.</param>
/// <param name="SilentNodes">Live nodes that did not answer in time; absent when there are none.</param>
internal sealed record RevocationAnswer(
    string? User,
    [property: JsonConverter(typeof(TimeConverter))] DateTimeOffset? Before,
    string? Jti,
    [property: JsonConverter(typeof(TimeConverter))] DateTimeOffset? KeptUntil,
    int Connections,
    IReadOnlyList<string>? SilentNodes)
{
    public static RevocationAnswer From(RevocationOutcome outcome)
    {
        var ((user, before, id, until), reached) = outcome;
        return new(user, user is null ? null : before, id, until, reached.Count, reached.SilentNodes.Count > 0 ? reached.SilentNodes : null);
    }
}
