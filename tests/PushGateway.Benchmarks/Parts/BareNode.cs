using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PushGateway.Brokers.Memory;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Diagnostics;
using PushGateway.Fanout;
using PushGateway.Protocol;
using PushGateway.Security;
using PushGateway.Transports;

namespace PushGateway.Benchmarks.Parts;

/// <summary>A node with nothing around it: subscribers of one channel, and the way of a publication to them.</summary>
internal sealed class BareNode
{
    public const string Channel = "news";

    private static readonly ChannelRules Rules = new(ChannelAccess.Anonymous, ChannelAccess.Nobody);

    private readonly ConnectionRegistry _registry;

    public BareNode()
    {
        var options = Options.Create(new PushGatewayOptions());
        var sweeper = new Sweeper(TimeProvider.System, NullLogger<Sweeper>.Instance);
        var meter = new GatewayMeter(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>());
        var deliveries = new DeliveryMeters(meter, TimeProvider.System);
        _registry = new ConnectionRegistry(sweeper, new ConnectionMeters(meter), TimeProvider.System, options, NullLogger<ConnectionRegistry>.Instance);
        var broker = new MemoryBroker(TimeProvider.System, NullLogger<MemoryBroker>.Instance);
        var presence = new MemoryPresence(broker, TimeProvider.System, NullLogger<MemoryPresence>.Instance);
        Hub = new Hub(broker, presence, new Mender(broker, deliveries, TimeProvider.System, NullLogger<Mender>.Instance), sweeper, deliveries, TimeProvider.System, options);
    }

    public Hub Hub { get; }

    /// <summary>A publication of some 256 bytes.</summary>
    public static Publication Publication { get; } = new(System.Text.Encoding.UTF8.GetBytes($$"""{"title":"Some 256 bytes","text":"{{new string('x', 220)}}"}"""));

    /// <summary>Takes a client in that is subscribed.</summary>
    public void Subscribe(ITransport transport)
    {
        var connection = _registry.Open(transport, ClientIdentity.Anonymous);
        connection.TryBeginSession();
        connection.TryOpenSession(new Reply(1, new ConnectResult("client", "version", 25, "node", [])), [(Hub.Subscribe(connection, Channel, Rules, SubscriptionKind.None, out _), null)]);
    }
}
