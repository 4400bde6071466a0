using System.Collections.Concurrent;

namespace PushGateway.Connections;

/// <summary>How many connections each user has on this node, where that is limited.</summary>
internal sealed class UserSeats(int perUser)
{
    private readonly ConcurrentDictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <summary>Counts another connection of a user. False when there are as many as there may be.</summary>
    public bool TryTake(string user)
    {
        while (true)
        {
            if (_taken.TryGetValue(user, out var taken) ? taken < perUser && _taken.TryUpdate(user, taken + 1, taken) : _taken.TryAdd(user, 1))
                return true;

            if (taken >= perUser)
                return false;
        }
    }

    /// <summary>A connection that was counted has ended.</summary>
    public void Leave(string user)
    {
        while (_taken.TryGetValue(user, out var taken))
            if (taken > 1 ? _taken.TryUpdate(user, taken - 1, taken) : _taken.TryRemove(KeyValuePair.Create(user, taken)))
                return;
    }
}
