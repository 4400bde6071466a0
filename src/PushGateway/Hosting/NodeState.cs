namespace PushGateway.Hosting;

/// <summary>How far this node has come between its start and its end.</summary>
internal sealed class NodeState
{
    private volatile bool _started, _leaving;

    /// <summary>Whether the host has started everything.</summary>
    public bool HasStarted => _started;

    /// <summary>Whether it is on its way out.</summary>
    public bool IsLeaving => _leaving;

    /// <summary>Why the node wants no clients from a balancer; null when it does.</summary>
    public string? WhyNotReady => _leaving ? "The node is leaving." : _started ? null : "The node is starting.";

    public void Started() => _started = true;

    public void Leaving() => _leaving = true;
}
