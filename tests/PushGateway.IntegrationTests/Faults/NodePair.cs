using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Two nodes in processes of their own, and the trial that suits them.</summary>
internal sealed class NodePair : IAsyncDisposable
{
    /// <summary>The namespace with a history that outlasts each scenario.</summary>
    public const string Kept = "kept";

    /// <summary>The namespace with a history that a short absence outlasts.</summary>
    public const string Brief = "brief";

    private static readonly (string, string)[] Settings =
    [
        ($"PushGateway:Namespaces:{Kept}:HistorySize", "10000"),
        ($"PushGateway:Namespaces:{Kept}:Subscribe", "Anonymous"),
        ($"PushGateway:Namespaces:{Brief}:HistorySize", "3"),
        ($"PushGateway:Namespaces:{Brief}:Subscribe", "Anonymous"),
        ("PushGateway:Shutdown:PauseSeconds", "0"),
        ("PushGateway:Shutdown:DrainSeconds", "1"),
        ("Logging:LogLevel:Default", "Warning"),
        ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    private readonly NodeProcess[] _nodes;

    private NodePair(NodeProcess[] nodes) => _nodes = nodes;

    public IReadOnlyList<NodeProcess> Nodes => _nodes;

    /// <summary>What a trial with them is like: enough to find what is wrong within seconds, and little enough for a machine that does other things too.</summary>
    public TrialOptions Trial => new()
    {
        Nodes = [.. _nodes.Select(node => node.Address)],
        Key = NodeProcess.Key,
        Namespace = Kept,
        AttemptTimeout = TimeSpan.FromSeconds(3),
        Patience = TimeSpan.FromSeconds(20),
    };

    /// <summary>Starts two nodes, each with its own way to the same Redis.</summary>
    public static async Task<NodePair> StartAsync(string redisOfOne, string redisOfTheOther, CancellationToken cancellationToken) =>
        new(await Task.WhenAll(StartNodeAsync(redisOfOne, cancellationToken), StartNodeAsync(redisOfTheOther, cancellationToken)));

    /// <summary>Starts one node, with settings of its own on top.</summary>
    public static Task<NodeProcess> StartNodeAsync(string redis, CancellationToken cancellationToken, params (string Key, string Value)[] settings) =>
        NodeProcess.StartAsync(redis, cancellationToken, [.. Settings, .. settings]);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
    }
}
