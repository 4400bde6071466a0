namespace PushGateway.Brokers.Memory;

/// <summary>
/// A dictionary that forgets what is over, without a timer: each addition looks at what is due first. Over its capacity it forgets what would be over soonest. Not for several
/// threads at once.
/// </summary>
internal sealed class ExpiringMap<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class, IExpiring
{
    // Looked at for each addition: more than one, so that what is due never piles up, and few, so that no caller pays for a long pause.
    private const int LooksAtOnce = 16;

    private readonly Dictionary<TKey, TValue> _values = [];

    // Each value once, with the time it was due when it was put here. One that has moved is put back when its turn comes.
    private readonly PriorityQueue<KeyValuePair<TKey, TValue>, long> _due = new();

    /// <summary>Those included that are over and were not looked at yet.</summary>
    public int Count => _values.Count;

    /// <summary>What is kept under the key; null for nothing.</summary>
    public TValue? Find(TKey key, long now)
    {
        if (!_values.TryGetValue(key, out var value))
            return null;
        if (value.DueAt > now || !value.Expire(now))
            return value;

        // Its place among the due ones is given up when its turn comes, which is soon.
        _values.Remove(key);
        return null;
    }

    /// <summary>Keeps a value under a key that has none.</summary>
    public void Add(TKey key, TValue value, long now)
    {
        for (var looks = 0; looks < LooksAtOnce && _due.TryPeek(out _, out var due) && due <= now; looks++)
            LookAtFirst(now);
        while (_values.Count >= capacity)
            LookAtFirst(long.MaxValue);

        _values.Add(key, value);
        _due.Enqueue(new(key, value), value.DueAt);
    }

    /// <summary>Forgets what is kept under the key. Takes a moment that grows with the number of values.</summary>
    public void Remove(TKey key)
    {
        if (_values.Remove(key, out var value))
            _due.Remove(new(key, value), out _, out _);
    }

    private void LookAtFirst(long now)
    {
        _due.TryDequeue(out var first, out var due);
        var (key, value) = first;
        if (!_values.TryGetValue(key, out var current) || current != value)
            return;

        if (value.DueAt <= due && value.Expire(now))
            _values.Remove(key);
        else
            _due.Enqueue(first, value.DueAt);
    }
}
