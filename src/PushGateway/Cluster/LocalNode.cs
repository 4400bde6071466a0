using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PushGateway.Connections;
using PushGateway.Fanout;
using PushGateway.Security.Revocations;

namespace PushGateway.Cluster;

/// <summary>This node as the cluster sees it.</summary>
internal sealed class LocalNode(
    Hub hub, ConnectionRegistry connections, OrderHandler orders, RevocationHandler revocations, TimeProvider time, IOptions<PushGatewayOptions> options, IServer? server = null) : ILocalNode
{
    /// <summary>The version of the gateway, without the build behind it.</summary>
    public static readonly string Version = typeof(LocalNode).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>What clients are told serves them.</summary>
    public static readonly string Product = $"PushGateway {Version}";

    private readonly long _started = time.GetTimestamp();

    /// <summary>See <see cref="Hub.Node"/>.</summary>
    public string Id => hub.Node;

    /// <inheritdoc/>
    public NodeInfo Describe() =>
        new(Id, Address(), Version, (long)time.GetElapsedTime(_started).TotalSeconds, connections.SessionCount, hub.ChannelCount);

    /// <inheritdoc/>
    public IReadOnlyList<ChannelCount> ListChannels(ChannelQuery query) => hub.ListChannels(query);

    /// <inheritdoc/>
    public Reached Disconnect(Disconnection order) => orders.Disconnect(order);

    /// <inheritdoc/>
    public Reached Unsubscribe(Unsubscription order) => orders.Unsubscribe(order);

    /// <inheritdoc/>
    public ValueTask<Reached> SubscribeAsync(ServerSubscription order) => orders.SubscribeAsync(order);

    /// <inheritdoc/>
    public IReadOnlyList<Revocation> Revocations => revocations.All;

    /// <inheritdoc/>
    public Reached Revoke(Revocation revocation) => revocations.Revoke(revocation);

    /// <inheritdoc/>
    public void Learn(IReadOnlyList<Revocation> kept, bool areAll) => revocations.Learn(kept, areAll);

    // Asked for each time, since the server knows its address only once it listens. A host need not have a server.
    private string? Address() => options.Value.Address ?? server?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault(address => !IsManagement(address));

    private bool IsManagement(string address) => options.Value.Management.Port is { } port && BindingAddress.Parse(address).Port == port;
}
