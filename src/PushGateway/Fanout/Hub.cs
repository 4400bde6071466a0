using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PushGateway.Diagnostics;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Presence;

namespace PushGateway.Fanout;

/// <summary>The fan-out of this node: which connections want which channel, and the way of a publication to all of them.</summary>
internal sealed class Hub(
    IBroker broker, IPresence presence, Mender mender, Sweeper sweeper, DeliveryMeters meters, TimeProvider time, IOptions<PushGatewayOptions> options) : IPublicationListener
{
    private readonly ConcurrentDictionary<string, LocalChannel> _channels = new(StringComparer.Ordinal);
    // One write of a client's socket: with more, several cost no more than one.
    private const int MaxWriteBytes = 64 * 1024;

    // What a run may take of an outbox.
    private const int OutboxShare = 4;

    private readonly TimeSpan _linger = options.Value.Connections.ChannelLinger;
    private int _interruptions, _resubscriptions;

    /// <summary>Channels this node is subscribed to.</summary>
    public int ChannelCount => _channels.Count;

    /// <summary>How often the broker has lost its back end.</summary>
    public int Interruptions => Volatile.Read(ref _interruptions);

    /// <summary>How often it has been subscribed again since.</summary>
    public int Resubscriptions => Volatile.Read(ref _resubscriptions);

    /// <summary>This node's name: unique in the cluster and new at every start. The machine's name for readers, and enough chance to tell two starts apart.</summary>
    public string Node { get; } = $"{Environment.MachineName}-{Guid.NewGuid().ToString("N")[..8]}";

    public DeliveryMeters Meters => meters;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>How many bytes of payload are delivered in one walk, where they are of more than one publication.</summary>
    public int MaxRunBytes { get; } = Math.Min(MaxWriteBytes, options.Value.Connections.OutboxBytes / OutboxShare);

    /// <inheritdoc/>
    public void Deliver(string channel, params ReadOnlySpan<Publication> publications)
    {
        if (!_channels.TryGetValue(channel, out var local))
            return;

        meters.Arrived(publications);
        local.Deliver(publications);
    }

    /// <inheritdoc/>
    public void Interrupted() => Interlocked.Increment(ref _interruptions);

    /// <inheritdoc/>
    public void Resubscribed()
    {
        Interlocked.Increment(ref _resubscriptions);

        // Once more: what was read while it was away is of a back end that may have been set back since.
        Interrupted();
        _ = CheckRostersAsync();
    }

    /// <summary>See <see cref="IPresenceListener.Deliver"/>.</summary>
    public void Deliver(string channel, PresenceChange change)
    {
        if (_channels.TryGetValue(channel, out var local))
            local.Roster?.Take(change);
    }

    /// <summary>Takes a connection in. It is among the subscribers at once, joining; the task tells when the broker has confirmed.</summary>
    public Subscription Subscribe(Connection connection, string channel, ChannelRules rules, SubscriptionKind kind, out Task interest, string? info = null, Permit? permit = null)
    {
        while (true)
        {
            var local = _channels.GetOrAdd(channel, static (name, state) => new LocalChannel(name, state.rules, state.hub, state.hub.Broker, state.hub.Presence), (hub: this, rules));
            var subscription = new Subscription(connection, local, kind, rules.Members is { } members ? connection.MembershipOf(channel, members, info) : null, permit);
            if (local.TryJoin(subscription, out interest))
                return subscription;

            Thread.Yield(); // Another thread is about to remove it.
        }
    }

    /// <summary>Who is subscribed to a channel on this node, or about to be.</summary>
    public Subscription[] SubscribersOf(string channel) => _channels.TryGetValue(channel, out var local) ? local.Subscribers.ToArray() : [];

    /// <summary>Has a channel mended whose stream has begun to.</summary>
    public void Mend(LocalChannel channel) => mender.Begin(channel, () => Interruptions);

    /// <summary>The channels that keep a history.</summary>
    public LocalChannel[] ChannelsWithStream() => [.. _channels.Values.Where(channel => channel.Stream is not null)];

    /// <summary>Ends a subscription at the channel.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="mayReturn">See <see cref="IPresence.LeaveAsync"/>.</param>
    public static void Unsubscribe(Subscription subscription, bool mayReturn = false) => subscription.Channel.Leave(subscription, mayReturn);

    /// <summary>Gives a channel without subscribers up after a while.</summary>
    public void Linger(LocalChannel channel) => sweeper.Schedule(channel, _linger);

    /// <summary>Sets a deadline.</summary>
    public void Schedule(Scheduled entry, TimeSpan delay) => sweeper.Schedule(entry, delay);

    public void Remove(LocalChannel channel) => _channels.TryRemove(KeyValuePair.Create(channel.Name, channel));

    /// <summary>See <see cref="ILocalNode.ListChannels"/>.</summary>
    public IReadOnlyList<ChannelCount> ListChannels(ChannelQuery query)
    {
        var pattern = ChannelPattern.Parse(query.Pattern);
        return _channels
            .Select(entry => new ChannelCount(entry.Key, entry.Value.Subscribers.Count))
            .Where(entry => entry.Subscribers > 0
                && (query.After is null || string.CompareOrdinal(entry.Channel, query.After) > 0)
                && pattern.Matches(entry.Channel))
            .OrderBy(entry => entry.Channel, StringComparer.Ordinal)
            .Take(query.Limit)
            .ToArray();
    }

    private IBroker Broker => broker;

    private IPresence Presence => presence;

    // One after the other: there may be very many, and they are in no hurry.
    private async Task CheckRostersAsync()
    {
        await Task.Yield();
        foreach (var (_, channel) in _channels)
            if (channel.Roster is { } roster)
                await roster.CheckAsync();
    }
}
