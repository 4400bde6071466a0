using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Connections;
using PushGateway.Presence;

namespace PushGateway.Fanout;

/// <summary>
/// Who is in a channel as far as this node has told its subscribers: kept while one of them wants to be told. What comes twice is told once, and what did not come is found by reading, so
/// that whoever begins with the members and follows the news is right at all times.
/// </summary>
internal sealed class Roster(LocalChannel channel, IPresence presence, Hub hub) : Scheduled
{
    // After a back end lost what it knew, each node writes its members again as soon as it is connected, after two seconds at the latest, and 50,000 of them take a second or two. Whom a
    // reading does not find, but nobody has seen leaving, may be about to be written.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    // What may wait for a reading. Far more than comes during one; beyond it what waits is dropped, and read again.
    private const int MaxWaiting = 10_000;

    private readonly Lock _gate = new();
    private Dictionary<string, ClientInfo>? _members; // Null until read, and when nobody wants to know.
    private HashSet<string>? _missing;
    private List<PresenceChange>? _waiting; // Null but during a reading.
    private Task _reading = Task.CompletedTask;
    private long _sequence;
    private int _interested;
    private bool _isStale;

    /// <summary>Counts a subscriber in.</summary>
    public void Add()
    {
        lock (_gate)
            _interested++;
    }

    /// <summary>Completes when the members are known, so that who was counted in is told all that comes from then on.</summary>
    /// <exception cref="BrokerUnavailableException">They could not be read.</exception>
    public Task KnownAsync()
    {
        lock (_gate)
        {
            if (_members is not null)
                return Task.CompletedTask;

            if (_waiting is null)
                BeginReadingNeedsLock();
            return _reading;
        }
    }

    /// <summary>Counts a subscriber out.</summary>
    public void Remove()
    {
        lock (_gate)
        {
            if (--_interested > 0)
                return;

            _members = null;
            _missing = null;
            _isStale = false;
        }
    }

    /// <summary>Takes a change that came live.</summary>
    public void Take(PresenceChange change)
    {
        lock (_gate)
        {
            if (_waiting is not null)
            {
                if (_waiting.Count == MaxWaiting)
                    _waiting.Clear(); // Then the next does not follow on what was read.
                _waiting.Add(change);
            }
            else if (_members is not null && change.Sequence > _sequence)
            {
                if (Follows(change, _sequence, _members.Count))
                {
                    _sequence = change.Sequence;
                    TellNeedsLock(change);
                }
                else
                {
                    BeginReadingNeedsLock();
                    _waiting!.Add(change);
                }
            }
        }
    }

    /// <summary>Finds out whether changes were missed, with nothing behind them that would show it.</summary>
    public async Task CheckAsync()
    {
        long sequence;
        try
        {
            sequence = (await presence.ReadAsync(channel.Name, new PresenceQuery(0), CancellationToken.None)).Sequence;
        }
        catch (BrokerUnavailableException)
        {
            sequence = -1;
        }

        lock (_gate)
            if (_members is not null && _waiting is null && sequence != _sequence)
                BeginReadingNeedsLock();
    }

    /// <summary>Reads again after a reading that failed; and who is still missing counts as gone.</summary>
    protected internal override void OnDue()
    {
        lock (_gate)
        {
            if (_members is null || _waiting is not null)
                return; // A reading that is under way comes back to it.

            if (_isStale)
            {
                BeginReadingNeedsLock();
                return;
            }

            foreach (var client in _missing ?? [])
                if (_members.Remove(client, out var gone))
                    TellNeedsLock(PresenceChangeKind.Left, gone);
            _missing = null;
        }
    }

    // Where the channel was empty before, those who were in it have left.
    private static bool Follows(PresenceChange change, long sequence, int members) => change.Previous == sequence || (change.Previous == 0 && members == 0);

    private void BeginReadingNeedsLock()
    {
        _isStale = false;
        _waiting = [];
        _reading = Task.Run(ReadAsync);
    }

    private async Task ReadAsync()
    {
        try
        {
            bool isSettled;
            do
            {
                var (found, sequence) = await ReadMembersAsync();
                lock (_gate)
                    isSettled = TrySettleNeedsLock(found, sequence);
            }
            while (!isSettled);
        }
        catch (Exception)
        {
            lock (_gate)
            {
                _waiting = null;
                _isStale = _members is not null;
                if (!_isStale)
                    throw; // Told to those who wait for it.

                hub.Schedule(this, RetryDelay);
            }
        }
    }

    private async Task<(Dictionary<string, ClientInfo> Found, long Sequence)> ReadMembersAsync()
    {
        var found = new Dictionary<string, ClientInfo>(StringComparer.Ordinal);
        PresencePage? first = null, page = null;
        do
        {
            page = await presence.ReadAsync(channel.Name, new PresenceQuery(IPresence.MaxPageSize, page?.Next), CancellationToken.None);
            first ??= page;
            foreach (var member in page.Members)
                found[member.Client] = member;
        }
        while (page.Next is not null);
        return (found, first.Sequence);
    }

    /// <summary>Brings what was read up to date with what came meanwhile, and tells the difference. False when something is missing in between.</summary>
    private bool TrySettleNeedsLock(Dictionary<string, ClientInfo> found, long sequence)
    {
        var left = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in _waiting!)
        {
            if (change.Sequence <= sequence)
                continue;

            if (!Follows(change, sequence, found.Count))
                return false;

            sequence = change.Sequence;
            if (change.Kind == PresenceChangeKind.Left)
            {
                found.Remove(change.Client.Client);
                left.Add(change.Client.Client);
                continue;
            }

            if (change.Replaced is not null)
                found.Remove(change.Replaced);
            found[change.Client.Client] = change.Client;
        }

        _waiting = null;
        _sequence = sequence;
        if (_members is null)
            _members = found;
        else
            TellDifferenceNeedsLock(_members, found, left);
        return true;
    }

    private void TellDifferenceNeedsLock(Dictionary<string, ClientInfo> members, Dictionary<string, ClientInfo> found, HashSet<string> left)
    {
        foreach (var (client, info) in found)
            if (members.TryAdd(client, info))
                TellNeedsLock(PresenceChangeKind.Joined, info);

        _missing = null;
        foreach (var (client, info) in members)
        {
            if (found.ContainsKey(client))
                continue;

            if (left.Contains(client))
            {
                members.Remove(client);
                TellNeedsLock(PresenceChangeKind.Left, info);
            }
            else
            {
                (_missing ??= new HashSet<string>(StringComparer.Ordinal)).Add(client);
            }
        }

        if (_missing is not null)
            hub.Schedule(this, Patience);
    }

    private void TellNeedsLock(PresenceChange change)
    {
        var client = change.Client.Client;
        _missing?.Remove(client);
        switch (change.Kind)
        {
            case PresenceChangeKind.Joined when _members!.TryAdd(client, change.Client):
                TellNeedsLock(PresenceChangeKind.Joined, change.Client);
                break;
            case PresenceChangeKind.Left when _members!.Remove(client):
                TellNeedsLock(PresenceChangeKind.Left, change.Client);
                break;
            case PresenceChangeKind.Returned:
                _missing?.Remove(change.Replaced!);
                var isKnown = _members!.Remove(change.Replaced!);
                if (_members.TryAdd(client, change.Client) && !isKnown)
                    TellNeedsLock(PresenceChangeKind.Joined, change.Client);
                break;
        }
    }

    // Under the lock, so that no two changes overtake each other on their way to a client. Nothing waits for a client here.
    private void TellNeedsLock(PresenceChangeKind kind, ClientInfo client) => channel.Tell(kind, client);
}
