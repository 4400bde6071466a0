using System.Collections.Concurrent;
using PushGateway.Cluster;
using PushGateway.Security.Revocations;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>A local node that says what the test wants.</summary>
internal sealed class StubNode(string id, params ChannelCount[] channels) : ILocalNode
{
    public int Connections { get; set; }

    /// <summary>Thrown instead of describing the node.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What it says to have reached with an order.</summary>
    public Reached Reaches { get; set; } = new(0);

    /// <summary>What an order waits for.</summary>
    public Task Busy { get; set; } = Task.CompletedTask;

    /// <summary>The orders it was given, in their order.</summary>
    public ConcurrentQueue<object> Orders { get; } = [];

    public NodeInfo Describe() => Failure is not null ? throw Failure : new(id, $"http://{id}:8000", "1.2.3", 7, Connections, channels.Length);

    public IReadOnlyList<ChannelCount> ListChannels(ChannelQuery query) =>
    [
        .. channels
            .Where(entry => query.After is null || string.CompareOrdinal(entry.Channel, query.After) > 0)
            .Where(entry => query.Pattern is null || entry.Channel.StartsWith(query.Pattern.TrimEnd('*'), StringComparison.Ordinal))
            .OrderBy(entry => entry.Channel, StringComparer.Ordinal)
            .Take(query.Limit),
    ];

    public Reached Disconnect(Disconnection order) => Take(order);

    public Reached Unsubscribe(Unsubscription order) => Take(order);

    public async ValueTask<Reached> SubscribeAsync(ServerSubscription order)
    {
        await Busy;
        return Take(order);
    }

    public IReadOnlyList<Revocation> Revocations => [.. Known.Keys];

    /// <summary>Whether it was told that it knows all revocations.</summary>
    public bool KnowsAll { get; private set; }

    /// <summary>The revocations that it was told of in whatever way, each with how often the cluster said that it keeps it.</summary>
    public ConcurrentDictionary<Revocation, int> Known { get; } = [];

    public Reached Revoke(Revocation revocation)
    {
        Known.TryAdd(revocation, 0);
        return Take(revocation);
    }

    public void Learn(IReadOnlyList<Revocation> kept, bool areAll)
    {
        foreach (var revocation in kept)
            Known.AddOrUpdate(revocation, 1, static (_, times) => times + 1);
        KnowsAll |= areAll;
    }

    private Reached Take(object order)
    {
        Orders.Enqueue(order);
        return Reaches;
    }
}
