namespace PushGateway.Hosting;

/// <summary>How a node leaves, section <c>PushGateway:Shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    internal const int DefaultPauseSeconds = 5;
    internal const int DefaultDrainSeconds = 20;

    /// <summary>How long the node serves on after it has ceased to be ready, so that balancers notice, in seconds. Default 5, and 0 in Development.</summary>
    public int? PauseSeconds { get; set; }

    /// <summary>Over how long the closing of all connections is spread then, in seconds. Default 20, and 0 in Development.</summary>
    public int? DrainSeconds { get; set; }
}
