using PushGateway.Security.Tokens;

namespace PushGateway.Security;

/// <summary>What a subscription token says.</summary>
/// <param name="User">Whose it is: the connection's own user; empty for an anonymous client.</param>
/// <param name="Channel">Where it lets the client in.</param>
/// <param name="Info">What others may know of the client there, as JSON on one line; null for nothing.</param>
/// <param name="Stamp">The token's own times: by these it is revoked.</param>
/// <param name="ExpiresAt">When the subscription ends: <c>expire_at</c>, or else the token's <c>exp</c>. Null for never.</param>
internal sealed record SubscriptionGrant(string User, string Channel, string? Info, TokenStamp Stamp, DateTimeOffset? ExpiresAt);
