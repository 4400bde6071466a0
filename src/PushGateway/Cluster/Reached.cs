namespace PushGateway.Cluster;

/// <summary>How far an order to the connections of a user has come.</summary>
/// <param name="Count">Connections that were closed; subscriptions that were ended; connections that are subscribed now, those included that were before.</param>
/// <param name="LimitExceeded">Connections that could not be subscribed, since they have as many subscriptions as they may. They are not in <paramref name="Count"/>.</param>
public sealed record Reached(int Count, int LimitExceeded = 0)
{
    /// <summary>Live nodes that did not answer in time. Whether they have done it nobody knows: they may still do it. To be sure, give the order again; that does no harm.</summary>
    public IReadOnlyList<string> SilentNodes { get; init; } = [];

    /// <summary>Adds up what nodes answered.</summary>
    /// <param name="parts">What each node reached.</param>
    /// <param name="silentNodes">Nodes that did not answer.</param>
    public static Reached Sum(IEnumerable<Reached> parts, IReadOnlyList<string> silentNodes)
    {
        var (count, limitExceeded) = (0, 0);
        foreach (var part in parts)
            (count, limitExceeded) = (count + part.Count, limitExceeded + part.LimitExceeded);
        return new Reached(count, limitExceeded) { SilentNodes = silentNodes };
    }
}
