namespace PushGateway.Security.Revocations;

/// <summary>Takes back tokens that were issued: all of a user before a time, or one by its id.</summary>
/// <param name="User">Whose; null when it is about one token.</param>
/// <param name="Before">Tokens issued before it are revoked; meaningless for one token.</param>
/// <param name="TokenId">The <c>jti</c> of the one token; null when it is about a user.</param>
/// <param name="KeepUntil">When the last of those tokens has expired, so that this can be forgotten; null for never.</param>
public sealed record Revocation(string? User, DateTimeOffset Before, string? TokenId, DateTimeOffset? KeepUntil)
{
    /// <summary>Both of the same user, or of the same token, in one: it revokes what either does, for as long as either does.</summary>
    internal Revocation With(Revocation other) => this with
    {
        Before = other.Before > Before ? other.Before : Before,
        KeepUntil = KeepUntil is { } mine && other.KeepUntil is { } theirs ? (theirs > mine ? theirs : mine) : null,
    };
}
