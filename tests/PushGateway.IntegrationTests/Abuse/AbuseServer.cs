using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Abuse;

/// <summary>The node that is abused.</summary>
public abstract class AbuseServer((string Key, string Value) way) : IAsyncDisposable
{
    public (string Key, string Value) Way { get; } = way;

    public GatewayNode Node { get; } = GatewayNode.Start(
        way,
        ("PushGateway:Connections:CloseTimeout", "00:00:02"),
        ("PushGateway:Connections:MaxMessageBytes", "1048576"),
        ("PushGateway:Connections:ChannelLinger", "00:00:01"));

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>Serves clients on their bare sockets.</summary>
public sealed class BareAbuseServer() : AbuseServer(ClientWay.Bare);

/// <summary>Serves clients as requests.</summary>
public sealed class OrdinaryAbuseServer() : AbuseServer(ClientWay.Ordinary);
