namespace PushGateway.Redis.PubSub;

/// <summary>
/// What one connection has to ask of Redis, and what it has asked and not been answered. Redis answers in the order of asking, so one queue
/// tells which request an answer belongs to, whatever was asked for the same topic before or after. Guarded by the subscriber's lock.
/// </summary>
internal sealed class RequestQueue(int maxPending)
{
    /// <summary>Topics of one command: long enough to make the command's own cost vanish, short enough not to hold up Redis (about 0.5 ms).</summary>
    private const int MaxBatch = 1_000;

    /// <summary>
    /// Topics asked for and not confirmed. Each is confirmed with some hundred bytes: resubscribing to a million topics without a window
    /// would overrun the 32 MB that Redis buffers for a subscriber before it drops it.
    /// </summary>
    private const int MaxUnanswered = 4 * MaxBatch;

    private readonly Queue<Request> _pending = new();
    private readonly Queue<Request> _unanswered = new();
    private readonly Queue<(List<Topic> Topics, Waiter Restored)> _restoring = new();
    private int _restoredCount;

    public bool IsFull => _pending.Count >= maxPending;

    /// <summary>Whether the next batch may be taken.</summary>
    public bool HasWork => (_pending.Count > 0 || _restoring.Count > 0) && _unanswered.Count <= MaxUnanswered / 2;

    public void Add(Request request) => _pending.Enqueue(request);

    /// <summary>Asks again for what was subscribed elsewhere before, after all that somebody waits for.</summary>
    public void Restore(List<Topic> topics, Waiter restored) => _restoring.Enqueue((topics, restored));

    public void Asked(Request request) => _unanswered.Enqueue(request);

    /// <summary>The request that the next answer belongs to.</summary>
    public bool TryPeekUnanswered(out Request request) => _unanswered.TryPeek(out request);

    public void Answered() => _unanswered.Dequeue();

    /// <summary>Moves the next requests of one kind to those that wait for an answer.</summary>
    public void TakeBatch(List<Request> batch)
    {
        batch.Clear();
        var room = Math.Min(MaxBatch, MaxUnanswered - _unanswered.Count);
        while (batch.Count < room && _pending.TryPeek(out var next) && (batch.Count == 0 || next.Kind == batch[0].Kind))
            batch.Add(_pending.Dequeue());
        if (batch.Count == 0)
            TakeRestored(batch, room);
        foreach (var request in batch)
            _unanswered.Enqueue(request);

        // A storm of subscriptions is no reason to keep the room for it.
        if (_pending.Count == 0 && _pending.Capacity > MaxUnanswered)
            _pending.TrimExcess();
    }

    /// <summary>Everything without an answer, when the connection is lost.</summary>
    public IEnumerable<Request> Drain()
    {
        Request request;
        while (_unanswered.TryDequeue(out request) || _pending.TryDequeue(out request))
            yield return request;
    }

    private void TakeRestored(List<Request> batch, int room)
    {
        if (!_restoring.TryPeek(out var next))
            return;
        while (batch.Count < room && _restoredCount < next.Topics.Count)
        {
            var (space, name) = next.Topics[_restoredCount++];
            if (space.Wanted_NeedsLock.ContainsKey(name))
                batch.Add(new Request(RequestKind.Subscribe, space, name));
        }

        // The answer to this PING says that all before it is confirmed.
        if (batch.Count == 0 && room > 0)
        {
            batch.Add(new Request(RequestKind.Ping, Waiter: next.Restored));
            _restoring.Dequeue();
            _restoredCount = 0;
        }
    }
}
