using PushGateway.Brokers;

namespace PushGateway.Security.Revocations;

/// <summary>
/// Takes back tokens before they expire, over all nodes, for C#, with the same meaning as <c>POST /v1/tokens/revocations</c>. An interface so that applications can put a double in their tests.
/// </summary>
/// <remarks>A revocation cannot be taken back, and does no harm when it is made again: of two for the same user the later time counts, and the later end.</remarks>
public interface ITokenRevocations
{
    /// <summary>Revokes all tokens of a user that were issued before a time, and closes the user's connections that they let in.</summary>
    /// <param name="user">Whose. Anonymous clients have no user; their tokens are revoked one by one.</param>
    /// <param name="before">
    /// A token is revoked when its <c>iat</c> is before it, or when it has none. Default: now. Not in the future, but for <see cref="Tokens.TokenOptions.ClockSkew"/>.
    /// </param>
    /// <param name="expiresAt">When the last of those tokens has expired. Default: after <see cref="Tokens.TokenOptions.MaxLifetime"/> and the clock skew; never, where tokens need not expire.</param>
    /// <param name="cancellationToken">Gives up waiting. The revocation may be made all the same.</param>
    /// <exception cref="ArgumentException">An argument breaks a rule; nothing was done.</exception>
    /// <exception cref="TooManyRevocationsException">As many are kept as may be; nothing was done.</exception>
    /// <exception cref="BrokerUnavailableException">The back end cannot be reached. The revocation may have been made or not.</exception>
    ValueTask<RevocationOutcome> RevokeUserAsync(string user, DateTimeOffset? before = null, DateTimeOffset? expiresAt = null, CancellationToken cancellationToken = default);

    /// <summary>Revokes one token, and closes the connections that it let in.</summary>
    /// <param name="tokenId">Its <c>jti</c>: up to 255 bytes of UTF-8 without control characters.</param>
    /// <param name="expiresAt">When it has expired. Default as for a user's tokens.</param>
    /// <param name="cancellationToken">Gives up waiting. The revocation may be made all the same.</param>
    /// <inheritdoc cref="RevokeUserAsync" path="/exception"/>
    ValueTask<RevocationOutcome> RevokeTokenAsync(string tokenId, DateTimeOffset? expiresAt = null, CancellationToken cancellationToken = default);
}
