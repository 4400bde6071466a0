using PushGateway.Connections;

namespace PushGateway.Fanout;

/// <summary>One connection's interest in one channel.</summary>
internal sealed class Subscription(Connection connection, LocalChannel channel)
{
    /// <summary>No slot: not, or no longer, among the subscribers of the channel.</summary>
    public const int NoSlot = -1;

    public Connection Connection { get; } = connection;

    public LocalChannel Channel { get; } = channel;

    /// <summary>The place among the channel's subscribers. The <see cref="SubscriberSet"/>'s own.</summary>
    public int Slot { get; set; } = NoSlot;

    /// <summary>Guarded by the connection's lock.</summary>
    public SubscriptionState State { get; set; }

    /// <summary>Publications that came before the reply to the subscribe command was written. Guarded by the connection's lock.</summary>
    public List<byte[]>? Held { get; set; }
}
