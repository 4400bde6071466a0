using PushGateway.Notifications;

namespace PushGateway.Tests.Api.Batch;

/// <summary>A publisher whose every call waits for the test to let it go. What it was asked for is told by payload.</summary>
internal sealed class HeldPublisher : INotificationPublisher
{
    private readonly Dictionary<string, TaskCompletionSource<Exception?>> _held = [];
    private readonly List<string> _asked = [];

    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_held)
                return [.. _asked];
        }
    }

    public async ValueTask<IReadOnlyList<NotificationResult>> PublishAsync(Notification notification, CancellationToken cancellationToken = default)
    {
        var name = System.Text.Encoding.UTF8.GetString(notification.Data.Span);
        TaskCompletionSource<Exception?> held;
        lock (_held)
        {
            _asked.Add(name);
            held = Of(name);
        }

        if (await held.Task is { } failure)
            throw failure;

        // The payload is the caller's again only now.
        Assert.Equal(name, System.Text.Encoding.UTF8.GetString(notification.Data.Span));
        return [.. notification.Channels.Select(channel => new NotificationResult(channel))];
    }

    /// <summary>Lets a call go, also one that is still to come.</summary>
    public void Let(string name, Exception? failure = null)
    {
        TaskCompletionSource<Exception?> held;
        lock (_held)
            held = Of(name);
        held.SetResult(failure);
    }

    private TaskCompletionSource<Exception?> Of(string name)
    {
        if (!_held.TryGetValue(name, out var held))
            _held[name] = held = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return held;
    }
}
