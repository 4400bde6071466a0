namespace PushGateway.Security;

/// <summary>Who a client is, as far as the host knows.</summary>
/// <param name="User">The user's id; empty for an anonymous client.</param>
/// <param name="Info">What others may know of the connection beside that, as JSON on one line; null for nothing.</param>
internal readonly record struct ClientIdentity(string User, string? Info = null)
{
    public static readonly ClientIdentity Anonymous = new("");
}
