using PushGateway.Brokers;
using PushGateway.Notifications;
using PushGateway.Security;

namespace PushGateway.Api;

/// <summary>Publishes for a caller of the API what the caller may, and says so in the audit log where that is wanted.</summary>
internal readonly struct PublishPermit(ApiCaller caller, INotificationPublisher publisher, Audit audit)
{
    /// <summary>How much the caller may publish; null for any number.</summary>
    public PublishLimit? Limit => caller.Limit;

    /// <summary>Counts a notification. The problem when there are too many.</summary>
    public Problem? WhyLimited()
    {
        if (caller.Limit is not { } limit || limit.TryTake())
            return null;

        audit.Limited(caller);
        return Problem.TooManyRequests(limit);
    }

    /// <summary>Why a notification is refused; null when the caller may publish to all its channels.</summary>
    public ApiRefusal? WhyRefused(Notification notification) =>
        caller.FirstBeyond(notification.Channels) is { } beyond ? ApiRefusal.BeyondNamespaces(caller, beyond) : null;

    /// <inheritdoc cref="INotificationPublisher.PublishAsync"/>
    /// <remarks>Not cancelled when the sender hangs up: then some channels would have the notification and others not.</remarks>
    public ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification) =>
        audit.IsPublishEnabled ? ReportedAsync(caller, publisher, audit, notification) : publisher.PublishAsync(notification, CancellationToken.None);

    private static async ValueTask<IReadOnlyList<NotificationResult>> ReportedAsync(ApiCaller caller, INotificationPublisher publisher, Audit audit, Notification notification)
    {
        try
        {
            var results = await publisher.PublishAsync(notification, CancellationToken.None);
            audit.Published(caller, notification, results);
            return results;
        }
        catch (Exception failure) when (failure is BrokerUnavailableException or IdempotencyConflictException)
        {
            audit.NotPublished(caller, notification, failure is BrokerUnavailableException ? "unavailable" : "conflict");
            throw;
        }
    }
}
