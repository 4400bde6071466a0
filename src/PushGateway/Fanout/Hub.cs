using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;

namespace PushGateway.Fanout;

/// <summary>The fan-out of this node: which connections want which channel, and the way of a publication to all of them.</summary>
internal sealed class Hub(IBroker broker, Mender mender, Sweeper sweeper, TimeProvider time, IOptions<PushGatewayOptions> options) : IPublicationListener
{
    private readonly ConcurrentDictionary<string, LocalChannel> _channels = new(StringComparer.Ordinal);
    private readonly TimeSpan _linger = options.Value.Connections.ChannelLinger;
    private int _interruptions, _resubscriptions;

    /// <summary>Channels this node is subscribed to.</summary>
    public int ChannelCount => _channels.Count;

    /// <summary>How often the broker has lost its back end.</summary>
    public int Interruptions => Volatile.Read(ref _interruptions);

    /// <summary>How often it has been subscribed again since.</summary>
    public int Resubscriptions => Volatile.Read(ref _resubscriptions);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <inheritdoc/>
    public void Deliver(string channel, Publication publication)
    {
        if (_channels.TryGetValue(channel, out var local))
            local.Deliver(publication);
    }

    /// <inheritdoc/>
    public void Interrupted() => Interlocked.Increment(ref _interruptions);

    /// <inheritdoc/>
    public void Resubscribed() => Interlocked.Increment(ref _resubscriptions);

    /// <summary>Takes a connection in. It is among the subscribers at once, joining; the task tells when the broker has confirmed.</summary>
    public Subscription Subscribe(Connection connection, string channel, ChannelRules rules, SubscriptionKind kind, out Task interest)
    {
        while (true)
        {
            var local = _channels.GetOrAdd(channel, static (name, state) => new LocalChannel(name, state.rules, state.hub, state.hub.Broker), (hub: this, rules));
            var subscription = new Subscription(connection, local, kind);
            if (local.TryJoin(subscription, out interest))
                return subscription;

            Thread.Yield(); // Another thread is about to remove it.
        }
    }

    /// <summary>Has a channel mended whose stream has begun to.</summary>
    public void Mend(LocalChannel channel) => mender.Begin(channel, () => Interruptions);

    /// <summary>The channels that keep a history.</summary>
    public LocalChannel[] ChannelsWithStream() => [.. _channels.Values.Where(channel => channel.Stream is not null)];

    public static void Unsubscribe(Subscription subscription) => subscription.Channel.Leave(subscription);

    /// <summary>Gives a channel without subscribers up after a while.</summary>
    public void Linger(LocalChannel channel) => sweeper.Schedule(channel, _linger);

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
}
