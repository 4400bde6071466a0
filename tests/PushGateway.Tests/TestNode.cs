using System.Text;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Diagnostics;
using PushGateway.Fanout;
using PushGateway.Security;
using PushGateway.Security.Authorization;
using PushGateway.Security.Callbacks;
using PushGateway.Security.Revocations;
using PushGateway.Security.Tokens;
using PushGateway.Tests.Brokers;
using PushGateway.Tests.Presence;
using PushGateway.Tests.Transports;

namespace PushGateway.Tests;

/// <summary>A node without a network: the true parts, with a broker that records and a time that stands still until it is turned.</summary>
internal sealed class TestNode
{
    public TestNode(Action<PushGatewayOptions>? configure = null, IChannelAuthorizer? authorizer = null)
    {
        configure?.Invoke(Options);
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var directory = new ChannelDirectory(options);
        Permissions = new ClientPermissions(directory, options, new TestEnvironment(), NullLogger<ClientPermissions>.Instance, authorizer);
        Sweeper = new Sweeper(Time, NullLogger<Sweeper>.Instance);
        Registry = new ConnectionRegistry(Sweeper, new ConnectionMeters(Meter), Time, options, NullLogger<ConnectionRegistry>.Instance);
        Revocations = new Revocations(Time, options);
        Revocations.BecomeKnown();
        var deliveries = new DeliveryMeters(Meter, Time);
        Hub = new Hub(Broker, Presence, new Mender(Broker, deliveries, Time, NullLogger<Mender>.Instance), Sweeper, deliveries, Time, options);
        Positions = new PositionCheck(Hub, Broker, Time, options, NullLogger<PositionCheck>.Instance);
        Callback = new ConnectCallback(new Callbacks(options, Time, NullLogger<Callbacks>.Instance), options, Time);
        var audit = new Audit(NullLoggerFactory.Instance);
        var credentials = new ClientCredentials(new ClientTokens(options, new PublishedKeys(options, Time, NullLogger<PublishedKeys>.Instance), Time), Revocations, audit);
        var gate = new SubscriptionGate(directory, Permissions, credentials, Registry, options);
        var subscriptions = new SubscribeHandler(Hub, new Recovery(Broker, Hub, options), directory, gate, options);
        Local = new LocalNode(Hub, Registry, new OrderHandler(Hub, subscriptions, new OrderRules(directory, options)), new RevocationHandler(Hub, Registry, Revocations), Time, options);
        Commands = new CommandHandler(
            new ConnectHandler(subscriptions, credentials, Callback, Permissions, Registry, Local, options),
            subscriptions,
            new RefreshHandler(credentials),
            new PublishHandler(Broker, directory, Permissions, new PublishMeters(Meter, Time), audit, options),
            new HistoryHandler(Broker, directory, Permissions, options),
            new PresenceHandler(Presence, directory, Permissions, options),
            NullLogger<CommandHandler>.Instance);
    }

    public PushGatewayOptions Options { get; } = OpenOptions();

    public FakeTimeProvider Time { get; } = new();

    /// <summary>A meter of its own for each node, so that tests count apart.</summary>
    public GatewayMeter Meter { get; } = TestMeter.New();

    public RecordingBroker Broker { get; } = new();

    public RecordingPresence Presence { get; } = new();

    public Sweeper Sweeper { get; }

    public ConnectionRegistry Registry { get; }

    public Hub Hub { get; }

    public PositionCheck Positions { get; }

    public LocalNode Local { get; }

    public ClientPermissions Permissions { get; }

    public ConnectCallback Callback { get; }

    public Revocations Revocations { get; }

    public CommandHandler Commands { get; }

    /// <summary>Lets seconds pass for all deadlines.</summary>
    public void Turn(int seconds)
    {
        for (; seconds > 0; seconds--)
            Sweeper.Turn();
    }

    public TestClient Open(string user = "", string? info = null) => new(this, new ClientIdentity(user, info));

    /// <summary>A client whose session is open. What it was sent so far is forgotten.</summary>
    public async Task<TestClient> ConnectAsync(string user = "", string? info = null)
    {
        var client = Open(user, info);
        await client.SendAsync("""{"id":1,"connect":{}}""");
        return client;
    }

    public void Deliver(string channel, string data) => Hub.Deliver(channel, new Publication(Encoding.UTF8.GetBytes(data)));

    /// <summary>Takes a connection in as one that subscribes by itself to a channel without a history.</summary>
    public Subscription Subscribe(Connection connection, string channel) => Hub.Subscribe(connection, channel, Plain, SubscriptionKind.None, out _);

    private static readonly ChannelRules Plain = new(ChannelAccess.Anonymous, ChannelAccess.Anonymous);

    private static PushGatewayOptions OpenOptions() => new() { Channels = { Subscribe = ChannelAccess.Anonymous, Publish = ChannelAccess.Anonymous } };
}

/// <summary>One client of a <see cref="TestNode"/>.</summary>
internal sealed class TestClient(TestNode node, ClientIdentity identity)
{
    public RecordingTransport Transport { get; } = new();

    public Connection Connection => field ??= node.Registry.Open(Transport, identity);

    public IReadOnlyList<string> Texts => [.. Transport.Texts];

    public string LastText => Texts[^1];

    /// <summary>Sends one message; completes when all its commands are carried out.</summary>
    public async Task SendAsync(string message) => await node.Commands.HandleAsync(Connection, Encoding.UTF8.GetBytes(message));

    public Task SubscribeAsync(string channel, int id = 2) => SendAsync($$$"""{"id":{{{id}}},"subscribe":{"channel":"{{{channel}}}"}}""");
}

internal sealed class TestEnvironment(string name = "Development") : IHostEnvironment
{
    public string EnvironmentName { get; set; } = name;

    public string ApplicationName { get; set; } = "";

    public string ContentRootPath { get; set; } = "";

    public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
}
