namespace PushGateway.Security;

/// <summary>Who may use the API, and who may connect, section <c>PushGateway:Security</c>.</summary>
public sealed class SecurityOptions
{
    /// <summary>
    /// The keys that open the API, each of 16 characters or more. Without one the API is open to this machine in Development; in any other environment the server does not start.
    /// </summary>
    public IList<string> ApiKeys { get; } = new List<string>();

    /// <summary>Whether clients without a user may connect. Default: in Development alone.</summary>
    public bool? AllowAnonymous { get; set; }
}
