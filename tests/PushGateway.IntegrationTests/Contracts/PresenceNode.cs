using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>A node as the tests of presence need it: what it shares with others, and what it was told.</summary>
internal sealed class PresenceNode(string id, IBroker broker, ICluster cluster, IPresence presence) : IAsyncDisposable
{
    private bool _isDisposed;

    public IPresence Presence => presence;

    public PresenceInbox Inbox { get; } = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task StartAsync()
    {
        await broker.StartAsync(Inbox, Cancellation);
        await cluster.StartAsync(new StubNode(id), Cancellation);
        await presence.StartAsync(Inbox, Cancellation);
    }

    public Task SubscribeAsync(string channel) => broker.SubscribeAsync(channel, Cancellation).AsTask();

    public async Task PublishAsync(string channel, string text) =>
        await broker.PublishAsync(channel, new Publication(System.Text.Encoding.UTF8.GetBytes(text)), PublishOptions.Default, Cancellation);

    public Task JoinAsync(Membership membership) => presence.JoinAsync(membership, Cancellation).AsTask();

    public Task LeaveAsync(Membership membership, bool mayReturn = false) => presence.LeaveAsync(membership, mayReturn);

    public Task<PresencePage> ReadAsync(string channel, int limit = IPresence.MaxPageSize, string? after = null) =>
        presence.ReadAsync(channel, new PresenceQuery(limit, after), Cancellation).AsTask();

    public async Task<List<ClientInfo>> ReadAllAsync(string channel, int limit = IPresence.MaxPageSize)
    {
        var members = new List<ClientInfo>();
        PresencePage? page = null;
        do
        {
            page = await ReadAsync(channel, limit, page?.Next);
            Assert.InRange(page.Members.Count, 0, limit);
            members.AddRange(page.Members);
        }
        while (page.Next is not null);
        return members;
    }

    public Task<PresenceStats> CountAsync(string channel) => presence.CountAsync(channel, Cancellation).AsTask();

    public async Task<UserPresence> ReadUserAsync(string user) => Assert.Single(await presence.ReadUsersAsync([user], Cancellation));

    /// <summary>Stops as a node does that is told to.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        await presence.DisposeAsync();
        await cluster.DisposeAsync();
        await broker.DisposeAsync();
    }
}
