using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A node whose channels in <c>kept</c> have a history, for all tests of a class that leave its settings as they are.</summary>
public class KeepingNode : IAsyncDisposable
{
    /// <summary>How much is kept of each of its channels.</summary>
    public const int HistorySize = 50;

    private static readonly (string, string)[] Settings =
    [
        ("PushGateway:Namespaces:kept:HistorySize", $"{HistorySize}"), ("PushGateway:Namespaces:kept:Publish", "Anonymous"), ("PushGateway:Api:MaxHistoryPageSize", "40"),
    ];

    /// <summary>On the memory broker.</summary>
    public KeepingNode() : this([])
    {
    }

    protected KeepingNode(params (string, string)[] settings) => Node = GatewayNode.Start([.. Settings, .. settings]);

    public GatewayNode Node { get; }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
