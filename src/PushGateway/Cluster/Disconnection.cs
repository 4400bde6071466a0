namespace PushGateway.Cluster;

/// <summary>Closes connections of a user, on whichever nodes they are.</summary>
/// <param name="User">Whose. Anonymous clients have no user, and cannot be addressed.</param>
/// <param name="Code">
/// What the clients are told. <see cref="ForceDisconnect"/>, and 4500 to 4999 of the application: they stay away. <see cref="ForceReconnect"/>, and 4000 to 4499 of the application: they
/// connect again.
/// </param>
/// <param name="Reason">What they are told beside it: at most <see cref="MaxReasonBytes"/> of UTF-8 without control characters. Null for the usual text of the code; empty for 4000 to 4999.</param>
/// <param name="Client">The id of the one connection to close; null for all that the user has.</param>
public sealed record Disconnection(string User, int Code = Disconnection.ForceDisconnect, string? Reason = null, string? Client = null)
{
    /// <summary>The client stays away.</summary>
    public const int ForceDisconnect = 3503;

    /// <summary>The client connects again.</summary>
    public const int ForceReconnect = 3011;

    /// <summary>The longest reason, in bytes of UTF-8: what a close frame holds beside the code (RFC 6455, section 5.5).</summary>
    public const int MaxReasonBytes = 123;
}
