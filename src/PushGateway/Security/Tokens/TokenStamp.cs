namespace PushGateway.Security.Tokens;

/// <summary>Until when something was granted, and by what the grant can be revoked.</summary>
/// <param name="ExpiresAt">When it ends; null for never.</param>
/// <param name="IssuedAt">Since when it is: <c>iat</c>. A token without it counts as older than any revocation.</param>
/// <param name="TokenId">The <c>jti</c>; null for none.</param>
internal sealed record TokenStamp(DateTimeOffset? ExpiresAt, DateTimeOffset? IssuedAt = null, string? TokenId = null);
