using System.Text;
using Microsoft.Extensions.Options;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;

namespace PushGateway.Security.Revocations;

/// <summary>Checks revocations, then makes them on all nodes.</summary>
internal sealed class TokenRevocations(ICluster cluster, Revocations revocations, TimeProvider time, IOptions<PushGatewayOptions> options) : ITokenRevocations
{
    // As long as users' ids and names of channels may be.
    private const int MaxTokenIdBytes = ChannelName.MaxBytes;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SecurityOptions _options = options.Value.Security;

    /// <inheritdoc/>
    public ValueTask<RevocationOutcome> RevokeUserAsync(
        string user, DateTimeOffset? before = null, DateTimeOffset? expiresAt = null, CancellationToken cancellationToken = default)
    {
        if (!ChannelName.IsUser(user, out var why))
            throw new InvalidOrderException("user", why);

        var now = time.GetUtcNow();
        if (before > now + _options.Tokens.ClockSkew)
            throw new InvalidOrderException("before", "is in the future: it would revoke tokens that are not issued yet");

        return MakeAsync(new Revocation(user, RoundUp(before ?? now), null, End(expiresAt, now)), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<RevocationOutcome> RevokeTokenAsync(string tokenId, DateTimeOffset? expiresAt = null, CancellationToken cancellationToken = default)
    {
        if (!IsTokenId(tokenId))
            throw new InvalidOrderException("jti", $"must have 1 to {MaxTokenIdBytes} bytes of well-formed text without control characters");

        return MakeAsync(new Revocation(null, default, tokenId, End(expiresAt, time.GetUtcNow())), cancellationToken);
    }

    private async ValueTask<RevocationOutcome> MakeAsync(Revocation revocation, CancellationToken cancellationToken)
    {
        if (!revocations.HasRoomFor(revocation))
            throw new TooManyRevocationsException(_options.MaxRevocations);

        return new RevocationOutcome(revocation, await cluster.RevokeAsync(revocation, cancellationToken));
    }

    private DateTimeOffset? End(DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        if (expiresAt <= now)
            throw new InvalidOrderException("expiresAt", "is over: tokens that have expired need not be revoked");

        var tokens = _options.Tokens;
        return expiresAt is { } end ? RoundUp(end)
            : tokens.RequireExpiration ? RoundUp(now + tokens.MaxLifetime + tokens.ClockSkew)
            : null;
    }

    private static bool IsTokenId(string? id)
    {
        try
        {
            return id is not null && Strict.GetByteCount(id) is > 0 and <= MaxTokenIdBytes && !id.Any(char.IsControl);
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    // To what all nodes and Redis keep, up and not down: what is shorter or earlier by a fraction would let a token pass.
    private static DateTimeOffset RoundUp(DateTimeOffset moment)
    {
        var ticks = Math.Min(moment.UtcTicks + TimeSpan.TicksPerMillisecond - 1, DateTimeOffset.MaxValue.UtcTicks);
        return new DateTimeOffset(ticks - (ticks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
    }
}
