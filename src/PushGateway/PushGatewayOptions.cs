using PushGateway.Api;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Hosting;
using PushGateway.Presence;
using PushGateway.Security;
using PushGateway.Security.Callbacks;
using PushGateway.Transports.WebSockets;

namespace PushGateway;

/// <summary>The settings of a gateway node, section <c>PushGateway</c> of the configuration. Read once, at the start, but for the keys of the API.</summary>
public sealed class PushGatewayOptions
{
    /// <summary>The name of the configuration section.</summary>
    public const string Section = "PushGateway";

    /// <summary>
    /// Where other machines reach this node, as shown by <c>GET /v1/nodes</c>. Default: none, which shows the first address the server listens on.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>The longest name of a channel, in bytes. Default: 255, which is the most. Longer ones are refused, by error 102 and by 400; users' own channels are as long as their users.</summary>
    public int MaxChannelNameBytes { get; set; } = ChannelName.MaxBytes;

    /// <summary>The connectivity check at <c>/echo</c>.</summary>
    public EchoOptions Echo { get; set; } = new();

    /// <summary>Settings of channels without a namespace, and the defaults of all namespaces.</summary>
    public ChannelOptions Channels { get; set; } = new();

    /// <summary>Namespaces by name. A channel <c>chat:lobby</c> is in the namespace <c>chat</c>; a namespace that is not listed does not exist.</summary>
    public IDictionary<string, ChannelOptions> Namespaces { get; } = new Dictionary<string, ChannelOptions>(StringComparer.Ordinal);

    /// <summary>Settings of the users' own channels, such as <c>#42</c>. They take nothing from <see cref="Channels"/>, and by default keep 100 publications for a day.</summary>
    public ChannelOptions UserChannels { get; set; } = new();

    /// <summary>What is known of users.</summary>
    public UserPresenceOptions UserPresence { get; set; } = new();

    /// <summary>Times and limits of client connections.</summary>
    public ConnectionOptions Connections { get; set; } = new();

    /// <summary>What balancers and orchestrators ask.</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>Where operators' tools reach the node.</summary>
    public ManagementOptions Management { get; set; } = new();

    /// <summary>How metrics are shown.</summary>
    public MetricsOptions Metrics { get; set; } = new();

    /// <summary>What is logged.</summary>
    public LogOptions Logs { get; set; } = new();

    /// <summary>How the node leaves.</summary>
    public ShutdownOptions Shutdown { get; set; } = new();

    /// <summary>Limits of the HTTP API.</summary>
    public ApiOptions Api { get; set; } = new();

    /// <summary>Who may use the API, and who may connect.</summary>
    public SecurityOptions Security { get; set; } = new();

    /// <summary>A back end that is asked about clients.</summary>
    public CallbackOptions Callbacks { get; set; } = new();
}
