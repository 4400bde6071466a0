using PushGateway.IntegrationTests.Contracts;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>A node that dies when a test wants it to.</summary>
internal sealed class MortalNode(RedisNode redis, PresenceNode presence) : IAsyncDisposable
{
    public RedisNode Redis => redis;

    public PresenceNode Presence => presence;

    public PresenceInbox Inbox => presence.Inbox;

    /// <summary>The name under which it is alive.</summary>
    public async Task<string> GetIncarnationAsync() => (await redis.Lease.GetOwnAsync()).Incarnation;

    /// <summary>Ends it without a word: without its connections it can neither write nor renew its lease, nor give it up.</summary>
    public ValueTask DieAsync() => redis.Connection.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await presence.DisposeAsync();
        await redis.DisposeAsync();
    }
}
