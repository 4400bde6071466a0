namespace PushGateway.Redis.PubSub;

/// <summary>Reads the topology from time to time, soon after something was lost, and often while a topic has no place.</summary>
internal sealed class TopologyWatch(Subscriber subscriber, Func<CancellationToken, ValueTask<Topology>> locate) : IAsyncDisposable
{
    // Between two readings while a topic has no place, and at least between any two.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private volatile Waiter _refresh = new();
    private volatile Outage? _outage = Outage.Of(null, "not connected yet", subscriber.Time);
    private Task _running = Task.CompletedTask;

    /// <summary>Null while every topic has a place.</summary>
    public Outage? Outage => _outage;

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Reads again soon.</summary>
    public void Refresh() => _refresh.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        var backoff = new Backoff(FirstPause, subscriber.Limits.ProbeInterval);
        while (!_stopping.IsCancellationRequested)
        {
            _refresh = new Waiter();
            var reason = await WhyNotPlacedAsync();
            _outage = reason is null ? null : Outage.Of(_outage, reason, subscriber.Time);
            if (reason is null)
                backoff.Reset();
            var pause = reason is null ? subscriber.Limits.ProbeInterval : backoff.Next();
            await Task.Delay(LeastPause, subscriber.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAny(_refresh.Task, Task.Delay(pause, subscriber.Time, _stopping.Token));
        }
    }

    /// <summary>Reads once; returns why a topic has no place, or null.</summary>
    private async Task<string?> WhyNotPlacedAsync()
    {
        try
        {
            var topology = await locate(_stopping.Token);
            lock (subscriber.Gate)
                return subscriber.Map.Apply_NeedsLock(topology) ? null : "a slot of the cluster has no primary, or its primary does not take subscriptions";
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }
}
