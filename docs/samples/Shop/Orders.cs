using System.Collections.Concurrent;
using System.Globalization;
using PushGateway.Notifications;

namespace Shop;

/// <summary>An order, as its customer sees it.</summary>
internal sealed record Order(int Id, string Customer, string Status)
{
    /// <summary>Where its customer watches it.</summary>
    public string Channel => string.Create(CultureInfo.InvariantCulture, $"orders:{Id}");
}

/// <summary>The orders of the shop, kept in memory.</summary>
internal sealed class Orders(INotificationPublisher publisher)
{
    private readonly ConcurrentDictionary<int, Order> _orders = [];
    private int _last;

    public Order Place(string customer)
    {
        var order = new Order(Interlocked.Increment(ref _last), customer, "placed");
        return _orders[order.Id] = order;
    }

    public bool IsOf(string customer, string channel) =>
        channel.Split(':') is [_, var id]
        && int.TryParse(id, CultureInfo.InvariantCulture, out var number)
        && _orders.TryGetValue(number, out var order)
        && order.Customer == customer;

    public async Task<bool> ShipAsync(int id, CancellationToken cancellationToken)
    {
        if (!_orders.TryGetValue(id, out var order))
            return false;

        _orders[id] = order = order with { Status = "shipped" };
        await publisher.PublishAsync(Notification.ToChannel(order.Channel, order), cancellationToken);
        await publisher.PublishAsync(Notification.ToUser(order.Customer, new { text = $"Order {id} is on its way." }), cancellationToken);
        return true;
    }
}
