namespace PushGateway.Brokers.Memory;

/// <summary>The users that were here, for as long as that is known. Over its capacity it forgets those that went first. Not for several threads at once.</summary>
internal sealed class OfflineUsers(int capacity)
{
    private readonly Dictionary<string, LinkedListNode<MemoryUser>> _users = new(StringComparer.Ordinal);

    // In the order in which they went, which is the order in which they are forgotten, since all are kept equally long.
    private readonly LinkedList<MemoryUser> _inOrder = new();

    /// <summary>What is known; null for nothing.</summary>
    public MemoryUser? Find(string id, DateTimeOffset now) => _users.TryGetValue(id, out var node) && node.Value.KnownUntil > now ? node.Value : null;

    /// <summary>Takes in a user that went.</summary>
    public void Add(MemoryUser user, DateTimeOffset now)
    {
        while (_inOrder.First is { } first && (first.Value.KnownUntil <= now || _users.Count >= capacity))
            Take(first.Value.Id);
        _users.Add(user.Id, _inOrder.AddLast(user));
    }

    /// <summary>Takes out a user that came back; null if it is not here.</summary>
    public MemoryUser? Take(string id)
    {
        if (!_users.Remove(id, out var node))
            return null;

        _inOrder.Remove(node);
        return node.Value;
    }
}
