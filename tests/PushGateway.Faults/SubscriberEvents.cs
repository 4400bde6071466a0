using System.Collections.Concurrent;

namespace PushGateway.Faults;

/// <summary>What happened to a subscriber, counted. Safe for concurrent use.</summary>
public sealed class SubscriberEvents
{
    // The SDK's own codes for a connection and a subscription that begin; the first is no loss.
    private const int ConnectCalled = 0, SubscribeCalled = 0, TransportClosed = 1;

    private readonly ConcurrentDictionary<string, int> _lost = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private int _connections, _unrecoverable;

    /// <summary>How often it connected.</summary>
    public int Connections => _connections;

    /// <summary>How many of its subscriptions the server would not recover, since the channel keeps no history.</summary>
    public int Unrecoverable => _unrecoverable;

    /// <summary>Why it is gone for good; null when it is not.</summary>
    public string? WhyGone { get; private set; }

    /// <summary>What its process wrote to standard error last.</summary>
    public string? Complaint => _complaints.LastOrDefault();

    /// <summary>What it lost, by code, and how often: <c>3001 shutdown × 2</c>.</summary>
    public IReadOnlyDictionary<string, int> Losses => _lost;

    internal void Connected() => Interlocked.Increment(ref _connections);

    internal void Subscribed(bool recoverable)
    {
        if (!recoverable)
            Interlocked.Increment(ref _unrecoverable);
    }

    internal void LostConnection(int code, string reason)
    {
        if (code != ConnectCalled)
            Count($"{code} {reason}");
    }

    internal void Resubscribing(int code)
    {
        if (code is not (SubscribeCalled or TransportClosed))
            Count($"{code} of a channel");
    }

    internal void Left(string why) => WhyGone ??= why;

    internal void Complained(string line)
    {
        _complaints.Enqueue(line);
        if (_complaints.Count > 5)
            _complaints.TryDequeue(out _);
    }

    private void Count(string what) => _lost.AddOrUpdate(what, 1, (_, count) => count + 1);
}
