using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>Checks a notification as a whole, then hands it to the broker once for each channel.</summary>
internal sealed class NotificationPublisher(IBroker broker, NotificationRules rules) : INotificationPublisher
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notification);
        if (!notification.IsChecked)
            rules.Check(notification);
        var publication = new Publication(JsonPayload.OnOneLine(notification.Data), notification.Tags);
        var channels = notification.Channels;
        if (channels.Count == 1)
            return [new NotificationResult(channels[0], await broker.PublishAsync(channels[0], publication, cancellationToken))];

        var results = await Task.WhenAll(PublishToEach(channels, publication, cancellationToken));
        // A client of the API that gets an answer knows what happened; one whose every publication failed for the same reason should simply try again.
        return results.All(result => result.Error is not null)
            ? throw new BrokerUnavailableException("No channel could be published to.", results[0].Error!)
            : results;
    }

    // All are under way before the first is awaited, so that the broker can send them in one go.
    private List<Task<NotificationResult>> PublishToEach(IReadOnlyList<string> channels, Publication publication, CancellationToken cancellationToken)
    {
        var byChannel = new Dictionary<string, Task<NotificationResult>>(channels.Count, StringComparer.Ordinal);
        var inOrder = new List<Task<NotificationResult>>(channels.Count);
        foreach (var channel in channels)
        {
            if (!byChannel.TryGetValue(channel, out var publishing))
                byChannel[channel] = publishing = PublishToAsync(channel, publication, cancellationToken);
            inOrder.Add(publishing);
        }

        return inOrder;
    }

    private async Task<NotificationResult> PublishToAsync(string channel, Publication publication, CancellationToken cancellationToken)
    {
        try
        {
            return new NotificationResult(channel, await broker.PublishAsync(channel, publication, cancellationToken));
        }
        catch (BrokerUnavailableException unavailable)
        {
            return new NotificationResult(channel, Error: unavailable);
        }
    }
}
