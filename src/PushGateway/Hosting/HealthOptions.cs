namespace PushGateway.Hosting;

/// <summary>What balancers and orchestrators ask, section <c>PushGateway:Health</c>.</summary>
public sealed class HealthOptions
{
    /// <summary>Whether <c>MapPushGateway()</c> maps <c>/health/live</c>, <c>/health/ready</c> and <c>/health/startup</c>. Default true. A host may rather have checks of its own.</summary>
    public bool Enabled { get; set; } = true;
}
