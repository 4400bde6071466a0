namespace PushGateway.Security.Authorization;

/// <summary>Whether a client may do what it wants.</summary>
public sealed record ChannelDecision
{
    /// <summary>It may.</summary>
    public static readonly ChannelDecision Allowed = new() { IsAllowed = true };

    /// <summary>It may not: error 103.</summary>
    public static readonly ChannelDecision Denied = new();

    /// <summary>Nobody can say at this moment: error 100, after which clients try again.</summary>
    public static readonly ChannelDecision Unavailable = new() { ErrorCode = 100, ErrorMessage = "internal server error", IsTemporary = true };

    /// <summary>Whether it may.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>Of a subscription: what others may know of the client in the channel, one JSON value. Null for nothing.</summary>
    public string? Info { get; init; }

    /// <summary>Of a subscription: when it ends, and the client subscribes again. Null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Of a publication: what is published in place of what the client sent, one JSON value. Null for that.</summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>The code of the error when it may not, from 400 to 1999 for an application's own. Default: 103, permission denied.</summary>
    public int ErrorCode { get; init; } = 103;

    /// <summary>The message of the error, which the client gets to see.</summary>
    public string ErrorMessage { get; init; } = "permission denied";

    /// <summary>Whether the client may try again after the error, as SDKs do by themselves when they subscribe. Default: no.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>
    /// When it may not, and its connection is to be closed in place of an error: the code, from 3000 to 4999. After 4000 to 4499 clients connect again, after 4500 to 4999 they stay away. Null
    /// for not.
    /// </summary>
    public int? DisconnectCode { get; init; }

    /// <summary>The reason of that, which the client gets to see: at most 123 bytes of UTF-8.</summary>
    public string DisconnectReason { get; init; } = "";
}
