namespace PushGateway.Hosting;

/// <summary>How metrics are shown, section <c>PushGateway:Metrics</c>. Of the server; an application that hosts the gateway adds the meters <c>PushGateway</c> and <c>PushGateway.Redis</c> to its own.</summary>
public sealed class MetricsOptions
{
    /// <summary>
    /// Whether <c>/metrics</c> is served. Default: on the <see cref="ManagementOptions.Port"/>; without one, in Development only, since it would be open to whoever reaches the clients' address.
    /// </summary>
    public bool? Enabled { get; set; }
}
