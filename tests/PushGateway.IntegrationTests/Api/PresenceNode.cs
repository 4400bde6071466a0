using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A node that knows who is in the channels of <c>room</c> and who is online, for all tests of a class that leave its settings as they are.</summary>
public class PresenceNode : IAsyncDisposable
{
    /// <summary>How many members one page may hold.</summary>
    public const int MaxPageSize = 40;

    private static readonly (string, string)[] Settings =
    [
        ("PushGateway:Namespaces:room:Presence", "true"), ("PushGateway:Namespaces:told:JoinLeave", "true"), ("PushGateway:Api:MaxPresencePageSize", $"{MaxPageSize}"),
    ];

    /// <summary>On the memory broker.</summary>
    public PresenceNode() : this([])
    {
    }

    protected PresenceNode(params (string, string)[] settings) => Node = GatewayNode.Start([.. Settings, .. settings]);

    public GatewayNode Node { get; }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
