using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Nodes that share a back end, for the contracts of presence.</summary>
public abstract class PresenceSuite : IAsyncLifetime
{
    private protected static readonly MembershipRules Silent = new(Announces: false, TimeSpan.Zero);
    private protected static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);

    private protected PresenceNode[] Nodes { get; private set; } = [];

    private protected PresenceNode First => Nodes[0];

    private protected PresenceNode Last => Nodes[^1];

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Nodes = await CreateNodesAsync(3);
        foreach (var node in Nodes)
            await node.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
        await CleanUpAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes nodes that share a back end, or the one node of a back end that cannot be shared.</summary>
    private protected abstract ValueTask<PresenceNode[]> CreateNodesAsync(int count);

    /// <summary>After all nodes are disposed.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    private protected static Membership NewMember(string channel, string user = "ann", MembershipRules? rules = null) => new(channel, Guid.NewGuid(), user, rules ?? Announced);

    private protected static async Task<Membership> JoinedAsync(PresenceNode node, Membership member)
    {
        await node.JoinAsync(member);
        return member;
    }

    /// <summary>One node after the other, so that all have to do with what a test does many times.</summary>
    private protected PresenceNode NodeAt(int index) => Nodes[index % Nodes.Length];

    private protected Task OnAllAsync(Func<PresenceNode, Task> action) => Task.WhenAll(Nodes.Select(action));

    /// <summary>Every node lists these and no others, and counts them.</summary>
    private protected async Task AssertMembersAsync(string channel, params IEnumerable<Membership> expected)
    {
        var members = expected.Select(member => member.ToClientInfo()).OrderBy(member => member.Client, StringComparer.Ordinal).ToArray();
        var stats = new PresenceStats(members.Length, members.Select(member => member.User).Distinct().Count());
        foreach (var node in Nodes)
        {
            Assert.Equal(members, (await node.ReadAllAsync(channel)).OrderBy(member => member.Client, StringComparer.Ordinal));
            Assert.Equal(stats, (await node.ReadAsync(channel, limit: 0)).Stats);
            Assert.Equal(stats, await node.CountAsync(channel));
        }
    }
}
