using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.Tests.Presence;

/// <summary>The far end of a presence: keeps what it is asked, answers as told, and announces nothing by itself.</summary>
internal sealed class RecordingPresence : IPresence
{
    private readonly Lock _gate = new();
    private readonly List<string> _calls = [];

    /// <summary>Answers a joining. Default: at once and well.</summary>
    public Func<Membership, ValueTask> OnJoin { get; set; } = _ => ValueTask.CompletedTask;

    /// <summary>Answers a reading. Default: nobody.</summary>
    public Func<string, PresenceQuery, ValueTask<PresencePage>> OnRead { get; set; } = (_, _) => new(Page(0));

    /// <summary>Answers a count. Default: nobody.</summary>
    public Func<string, ValueTask<PresenceStats>> OnCount { get; set; } = _ => default;

    /// <summary>Answers a question for one user. Default: offline.</summary>
    public Func<string, UserPresence> OnReadUser { get; set; } = user => new UserPresence(user, 0, null, null);

    /// <summary>Joins as <c>+channel user</c>, leaves as <c>-channel user</c>, those that may return as <c>~channel user</c>, in their order.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_gate)
                return [.. _calls];
        }
    }

    /// <summary>A page that is the whole.</summary>
    public static PresencePage Page(long sequence, params ClientInfo[] members) =>
        new(members, null, new PresenceStats(members.Length, members.Select(member => member.User).Distinct().Count()), sequence);

    public ValueTask StartAsync(IPresenceListener listener, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask JoinAsync(Membership membership, CancellationToken cancellationToken)
    {
        Record($"+{membership.Channel} {membership.User}");
        return OnJoin(membership);
    }

    public Task LeaveAsync(Membership membership, bool mayReturn)
    {
        Record($"{(mayReturn ? '~' : '-')}{membership.Channel} {membership.User}");
        return Task.CompletedTask;
    }

    public ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken) => OnRead(channel, query);

    public ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken) => OnCount(channel);

    public ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken) =>
        new([.. users.Select(OnReadUser)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Record(string call)
    {
        lock (_gate)
            _calls.Add(call);
    }
}
