using System.Text;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.Fanout;
using PushGateway.Notifications;
using PushGateway.Protocol;

namespace PushGateway.Connections;

/// <summary>Carries out what back ends order to be done with the connections of a user, on those that this node has.</summary>
internal sealed class OrderHandler(Hub hub, SubscribeHandler subscriptions, OrderRules rules)
{
    /// <summary>See <see cref="ILocalNode.Disconnect"/>.</summary>
    public Reached Disconnect(Disconnection order)
    {
        OrderRules.Check(order);
        var reason = CloseReason.Of(order);
        return new Reached(ConnectionsOf(order.User, order.Client).Count(connection => connection.Close(reason)));
    }

    /// <summary>See <see cref="ILocalNode.Unsubscribe"/>.</summary>
    public Reached Unsubscribe(Unsubscription order)
    {
        rules.Check(order);
        return new Reached(ConnectionsOf(order.User, order.Client).Count(connection => connection.Subscriptions.TryUnsubscribe(order.Channel, UnsubscribeReason.ByServer)));
    }

    /// <summary>See <see cref="ILocalNode.SubscribeAsync"/>.</summary>
    public async ValueTask<Reached> SubscribeAsync(ServerSubscription order)
    {
        rules.Check(order);
        var info = order.Info is null ? null : Encoding.UTF8.GetString(JsonPayload.OnOneLine(Encoding.UTF8.GetBytes(order.Info)).Span);
        var request = new SubscribeRequest(order.Channel) { Recover = order.Since is not null, Since = order.Since ?? new StreamPosition(0, "") };

        // All at once, so that what each asks of the broker goes out together.
        var refusals = await Task.WhenAll(ConnectionsOf(order.User, order.Client).Select(connection => subscriptions.SubscribeByServerAsync(connection, request, info)));
        return new Reached(
            refusals.Count(refusal => refusal is null || refusal == ErrorResult.AlreadySubscribed),
            refusals.Count(refusal => refusal == ErrorResult.LimitExceeded));
    }

    // The server subscribes each to the user's own channel before anything else, and nobody can leave it.
    private IEnumerable<Connection> ConnectionsOf(string user, string? client)
    {
        var connections = hub.SubscribersOf(ChannelName.Personal(user)).Select(subscription => subscription.Connection);
        return Guid.TryParse(client, out var id) ? connections.Where(connection => connection.Id == id) : connections;
    }
}
