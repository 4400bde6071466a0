namespace PushGateway.Hosting;

/// <summary>Where operators' tools reach the node, section <c>PushGateway:Management</c>.</summary>
public sealed class ManagementOptions
{
    /// <summary>
    /// A port for health and metrics alone, 1 to 65535. Then they are served nowhere else, and nothing else there, so that the Internet reaches neither. Default: none, and <c>/health</c> is served with all the rest.
    /// The server listens on it by itself; an application that hosts the gateway has to listen on it, too.
    /// </summary>
    public int? Port { get; set; }
}
