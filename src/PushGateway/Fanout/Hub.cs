using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Connections;
using PushGateway.Transports;

namespace PushGateway.Fanout;

/// <summary>The fan-out of this node: which connections want which channel, and the way of a publication to all of them.</summary>
internal sealed class Hub(IBroker broker, Sweeper sweeper, IOptions<PushGatewayOptions> options) : IPublicationListener
{
    private readonly ConcurrentDictionary<string, LocalChannel> _channels = new(StringComparer.Ordinal);
    private readonly TimeSpan _linger = options.Value.Connections.ChannelLinger;

    /// <summary>Channels this node is subscribed to.</summary>
    public int ChannelCount => _channels.Count;

    /// <inheritdoc/>
    public void Deliver(string channel, Publication publication)
    {
        if (_channels.TryGetValue(channel, out var local))
            local.Subscribers.Deliver(new Broadcast(channel, publication));
    }

    /// <inheritdoc/>
    public void Resubscribed()
    {
    }

    /// <summary>Takes a connection in. It is among the subscribers at once, joining; the task tells when the broker has confirmed.</summary>
    public Subscription Subscribe(Connection connection, string channel, out Task interest)
    {
        while (true)
        {
            var local = _channels.GetOrAdd(channel, static (name, hub) => hub.Create(name), this);
            var subscription = new Subscription(connection, local);
            if (local.TryJoin(subscription, out interest))
                return subscription;

            Thread.Yield(); // Another thread is about to remove it.
        }
    }

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

    private LocalChannel Create(string name) => new(name, this, broker);
}
