using PushGateway.Brokers;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Api;

/// <summary>A presence that cannot be read.</summary>
internal sealed class BrokenPresence : IPresence
{
    /// <summary>How it fails.</summary>
    public Exception Failure { get; init; } = new BrokerUnavailableException("The test has cut the line.");

    public ValueTask<PresencePage> ReadAsync(string channel, PresenceQuery query, CancellationToken cancellationToken) => ValueTask.FromException<PresencePage>(Failure);

    public ValueTask<PresenceStats> CountAsync(string channel, CancellationToken cancellationToken) => ValueTask.FromException<PresenceStats>(Failure);

    public ValueTask<IReadOnlyList<UserPresence>> ReadUsersAsync(IReadOnlyList<string> users, CancellationToken cancellationToken) =>
        ValueTask.FromException<IReadOnlyList<UserPresence>>(Failure);

    public ValueTask StartAsync(IPresenceListener listener, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask JoinAsync(Membership membership, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public Task LeaveAsync(Membership membership, bool mayReturn) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
