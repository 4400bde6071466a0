using PushGateway.Brokers;

namespace PushGateway.Notifications;

/// <summary>Publishes notifications from C#, with the same meaning as <c>POST /v1/notifications</c>. An interface so that applications can put a double in their tests.</summary>
public interface INotificationPublisher
{
    /// <summary>Publishes to all channels of a notification. Their publications have no order among each other; those of one channel keep the order of awaited calls.</summary>
    /// <returns>One result for each channel, in the order in which the notification names them.</returns>
    /// <exception cref="InvalidNotificationException">The notification breaks a rule; nothing was published.</exception>
    /// <exception cref="BrokerUnavailableException">The broker cannot be reached, or did not answer in time. What was on its way may have arrived or not.</exception>
    ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification, CancellationToken cancellationToken = default);
}
