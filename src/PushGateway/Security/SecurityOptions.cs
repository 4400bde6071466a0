using PushGateway.Security.Tokens;

namespace PushGateway.Security;

/// <summary>Who may use the API, and who may connect, section <c>PushGateway:Security</c>.</summary>
public sealed class SecurityOptions
{
    /// <summary>
    /// Keys that open the whole API, in clear, each of 16 characters or more: for trying out, and where the settings are kept as a secret. Without any key, here or in <see cref="Keys"/>, the API
    /// is open to this machine in Development; in any other environment the server does not start. Read again whenever the configuration changes.
    /// </summary>
    public IList<string> ApiKeys { get; } = new List<string>();

    /// <summary>
    /// Keys of which only a hash is kept, by their id, which has 1 to 64 ASCII letters, digits, <c>-</c> and <c>.</c>: at most 1,000. Read again whenever the configuration changes.
    /// </summary>
    public IDictionary<string, ApiKeyOptions> Keys { get; } = new Dictionary<string, ApiKeyOptions>(StringComparer.Ordinal);

    /// <summary>How many notifications each key may publish a second on each node, unless the key says otherwise: as many at once, and each line of a batch counts. Default: 0, for any number.</summary>
    public int PublishesPerSecond { get; set; }

    /// <summary>Whether clients without a user may connect. Default: in Development alone.</summary>
    public bool? AllowAnonymous { get; set; }

    /// <summary>The tokens by which back ends say who a client is.</summary>
    public TokenOptions Tokens { get; set; } = new();

    /// <summary>How many revocations of tokens are kept at most, by the cluster as a whole. Default: 100,000, some 36 MB in Redis. The same on all nodes.</summary>
    public int MaxRevocations { get; set; } = 100_000;

    /// <summary>
    /// The origins whose pages may connect (RFC 6454), such as <c>https://example.com</c> or <c>https://*.example.com</c>. Default: the gateway's own, and in Development those of this machine.
    /// Clients without an origin, which are no browsers, may always.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];
}
