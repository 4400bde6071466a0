using System.Diagnostics;
using PushGateway.Diagnostics;
using PushGateway.Brokers;
using PushGateway.Channels;

namespace PushGateway.Notifications;

/// <summary>Checks a notification as a whole, then hands it to the broker once for each channel.</summary>
internal sealed class NotificationPublisher(IBroker broker, NotificationRules rules, ChannelDirectory directory, PublishMeters meters) : INotificationPublisher
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notification);
        if (!notification.IsChecked)
            rules.Check(notification);
        using var span = Tracing.StartPublish(notification.Channels);
        var publication = new Publication(JsonPayload.OnOneLine(notification.Data), notification.Tags)
        {
            Lifetime = notification.ExpiresIn is { } lifetime ? TimeSpan.FromMilliseconds(lifetime.Ticks / TimeSpan.TicksPerMillisecond) : null,
            CollapseKey = notification.CollapseKey,
            TakenAt = meters.Now,
            Trace = Tracing.ContextOf(span),
        };
        var attempt = new Attempt(publication, rules.IdempotencyOf(notification), notification.Version, span);
        var channels = notification.Channels;
        if (channels.Count == 1)
            return [ToResult(channels[0], await PublishAsync(channels[0], attempt, cancellationToken))];

        var results = await Task.WhenAll(PublishToEach(channels, attempt, cancellationToken));
        // A client of the API that gets an answer knows what happened; one whose every publication failed for the same reason should simply try again, or mend its request.
        return results.All(result => result.Error is BrokerUnavailableException) ? throw new BrokerUnavailableException("No channel could be published to.", results[0].Error!)
            : results.All(result => result.Error is IdempotencyConflictException) ? throw new IdempotencyConflictException()
            : results;
    }

    // All are under way before the first is awaited, so that the broker can send them in one go.
    private List<Task<NotificationResult>> PublishToEach(IReadOnlyList<string> channels, Attempt attempt, CancellationToken cancellationToken)
    {
        var byChannel = new Dictionary<string, Task<NotificationResult>>(channels.Count, StringComparer.Ordinal);
        var inOrder = new List<Task<NotificationResult>>(channels.Count);
        foreach (var channel in channels)
        {
            if (!byChannel.TryGetValue(channel, out var publishing))
                byChannel[channel] = publishing = PublishToAsync(channel, attempt, cancellationToken);
            inOrder.Add(publishing);
        }

        return inOrder;
    }

    private async Task<NotificationResult> PublishToAsync(string channel, Attempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            return ToResult(channel, await PublishAsync(channel, attempt, cancellationToken));
        }
        catch (Exception failed) when (failed is BrokerUnavailableException or IdempotencyConflictException)
        {
            return new NotificationResult(channel, Error: failed);
        }
    }

    private async ValueTask<PublishOutcome> PublishAsync(string channel, Attempt attempt, CancellationToken cancellationToken)
    {
        var rules = directory.RulesOf(channel);
        var takenAt = attempt.Publication.TakenAt!.Value;
        try
        {
            var outcome = await broker.PublishAsync(channel, attempt.Publication, attempt.OptionsWith(rules.History), cancellationToken);
            meters.Published(rules, PublishSource.Backend, takenAt, outcome);
            return outcome;
        }
        catch (Exception failure)
        {
            meters.Failed(rules, PublishSource.Backend, takenAt, failure);
            Tracing.Fail(attempt.Span, failure);
            throw;
        }
    }

    private static NotificationResult ToResult(string channel, PublishOutcome outcome) =>
        new(channel, outcome.Position, IsSuperseded: outcome.IsSuperseded, IsRepeated: outcome.IsRepeated);

    /// <summary>What is the same for all channels.</summary>
    private readonly record struct Attempt(Publication Publication, IdempotencyKey? Idempotency, ulong? Version, Activity? Span)
    {
        public PublishOptions OptionsWith(HistoryLimits? history) =>
            history is null && Idempotency is null && Version is null ? PublishOptions.Default : new PublishOptions(history, Idempotency, Version);
    }
}
