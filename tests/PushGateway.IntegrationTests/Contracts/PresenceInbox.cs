using System.Collections.Concurrent;
using System.Text;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>Keeps what a node was told of channels and users, in its order.</summary>
internal sealed class PresenceInbox : IPublicationListener, IPresenceListener
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<object>> _channels = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<UserAnnouncement> _users = new();

    /// <summary>Called first, to throw for instance.</summary>
    public Action<UserPresence>? OnAnnouncement { get; set; }

    /// <summary>The changes of a channel.</summary>
    public PresenceChange[] ChangesOf(string channel) => [.. QueueOf(channel).OfType<PresenceChange>()];

    /// <summary>The changes of a channel as <c>Joined id</c> and the like, and the texts of its publications.</summary>
    public string[] TextsOf(string channel) => [.. QueueOf(channel).Select(happening => happening as string ?? TextOf((PresenceChange)happening))];

    /// <summary>What was announced of a user, without failing.</summary>
    public UserAnnouncement[] AnnouncementsOf(string user) => [.. _users.Where(announcement => announcement.User.User == user)];

    public void Deliver(string channel, params ReadOnlySpan<Publication> publications)
    {
        foreach (var publication in publications)
            QueueOf(channel).Enqueue(Encoding.UTF8.GetString(publication.Data.Span));
    }

    public void Deliver(string channel, PresenceChange change) => QueueOf(channel).Enqueue(change);

    public ValueTask AnnounceAsync(UserPresence user, long version, CancellationToken cancellationToken)
    {
        OnAnnouncement?.Invoke(user);
        _users.Enqueue(new UserAnnouncement(user, version));
        return ValueTask.CompletedTask;
    }

    public void Interrupted()
    {
    }

    public void Resubscribed()
    {
    }

    private static string TextOf(PresenceChange change) =>
        $"{change.Kind} {change.Client.Client}" + (change.Replaced is { } replaced ? $" for {replaced}" : "");

    private ConcurrentQueue<object> QueueOf(string channel) => _channels.GetOrAdd(channel, static _ => []);
}

/// <summary>That a user came online or went offline, as it was announced.</summary>
internal sealed record UserAnnouncement(UserPresence User, long Version);
