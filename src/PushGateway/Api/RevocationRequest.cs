using System.Globalization;

namespace PushGateway.Api;

/// <summary>The body of <c>POST /v1/tokens/revocations</c>.</summary>
internal sealed class RevocationRequest
{
    // With an offset always: one that is taken for local time would mean something else on each machine.
    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public string? User { get; set; }

    public string? Before { get; set; }

    public string? Jti { get; set; }

    public string? ExpiresAt { get; set; }

    /// <summary>Reads a body. Whether the revocation may be made is another question.</summary>
    /// <exception cref="InvalidRequestException">Names the field at fault.</exception>
    public static RevocationRequest Read(ReadOnlyMemory<byte> body)
    {
        var request = ApiJson.Read(body, ApiJson.Default.RevocationRequest);
        return request switch
        {
            { User: null, Jti: null } => throw new InvalidRequestException("user", "is missing, and so is jti: name the user whose tokens, or the one token"),
            { User: not null, Jti: not null } => throw new InvalidRequestException("jti", "cannot stand beside user: revoke one after the other"),
            { Jti: not null, Before: not null } => throw new InvalidRequestException("before", "has no meaning beside jti: one token is revoked, whenever it was issued"),
            _ => request,
        };
    }

    public DateTimeOffset? ReadBefore() => Read("before", Before);

    public DateTimeOffset? ReadExpiresAt() => Read("expiresAt", ExpiresAt);

    private static DateTimeOffset? Read(string field, string? text)
    {
        if (text is null)
            return null;

        return DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new InvalidRequestException(field, "must be a time as RFC 3339 has it, with its offset, such as 2026-11-23T10:00:00Z");
    }
}
