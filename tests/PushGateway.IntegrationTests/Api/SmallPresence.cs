using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A presence whose answers are told by the names it is asked for.</summary>
internal sealed class SmallPresence : IPresence
{
    public ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken)
    {
        var client = new ClientInfo("42", "1");
        return new(channel switch
        {
            "chat:more" => new PresencePage([client], "more", new PresenceStats(2, 1), 0),
            "chat:infos" => new PresencePage([client with { ConnectionInfo = """{"name":1}""", ChannelInfo = """{"role":2}""" }], null, new PresenceStats(1, 1), 0),
            _ => new PresencePage([client], null, new PresenceStats(1, 1), 0),
        });
    }

    public ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken) => new(new PresenceStats(1, 1));

    public ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken) => new([.. users.Select(user => user switch
    {
        "online" => new UserPresence(user, 1, DateTimeOffset.UnixEpoch, null),
        "offline" => new UserPresence(user, 0, null, DateTimeOffset.UnixEpoch),
        _ => new UserPresence(user, 0, null, null),
    })]);

    public ValueTask StartAsync(IPresenceListener listener, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask JoinAsync(Membership membership, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public Task LeaveAsync(Membership membership, bool mayReturn) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
