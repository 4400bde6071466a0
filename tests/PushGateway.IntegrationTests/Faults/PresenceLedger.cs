using System.Diagnostics;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Writes down who was there, what nodes answered and what observers were told. Safe for concurrent use.</summary>
internal sealed class PresenceLedger
{
    /// <summary>Gone from every answer when the lease has run out: the guarantee, with the default settings.</summary>
    public static readonly TimeSpan GoneWithin = TimeSpan.FromSeconds(6);

    /// <summary>And the leaves are out.</summary>
    public static readonly TimeSpan LeftWithin = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Who was cut off is back so long behind the end of the cut. The guarantee is that nobody is away for longer than the cut and a second; since absence begins seconds behind the cut, this
    /// holds it with a second to spare for a busy machine.
    /// </summary>
    public static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(2);

    // Nothing is promised about how soon somebody is gone who says goodbye: milliseconds, or what a busy machine needs.
    private static readonly TimeSpan GoodbyeWithin = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly List<PresenceSession> _sessions_NeedsLock = [];
    private readonly List<PresenceAnswer> _answers_NeedsLock = [];
    private readonly List<PresenceEvent> _events_NeedsLock = [];
    private readonly List<PresenceDoubt> _doubts_NeedsLock = [];
    private readonly HashSet<Uri> _dying_NeedsLock = [];
    private int _refused;

    /// <summary>The time since the trial began.</summary>
    public TimeSpan Now => _watch.Elapsed;

    /// <summary>A client begins to connect.</summary>
    public PresenceSession Open(string user, Uri node, IReadOnlySet<string> channels, bool observes = false)
    {
        var session = new PresenceSession(user, node, channels, observes);
        lock (_lock)
        {
            session.Online.PossibleFrom = Now;
            _sessions_NeedsLock.Add(session);
        }

        return session;
    }

    /// <summary>It was told its id, and asks for its channels now.</summary>
    public void Connected(PresenceSession session, string client)
    {
        lock (_lock)
        {
            session.Client = client;
            session.Online.CertainFrom = session.Present.PossibleFrom = Now;
        }
    }

    /// <summary>It was told that it is subscribed to all of them.</summary>
    public void Subscribed(PresenceSession session)
    {
        lock (_lock)
            session.Present.CertainFrom = Now;
    }

    /// <summary>It is about to say goodbye.</summary>
    public void Leaving(PresenceSession session)
    {
        lock (_lock)
        {
            session.Online.CertainUntil ??= Now;
            session.Present.CertainUntil ??= Now;
        }
    }

    /// <summary>Its connection has ended.</summary>
    public void Ended(PresenceSession session)
    {
        lock (_lock)
            if (!_dying_NeedsLock.Contains(session.Node))
                EndNeedsLock(session, Now - GoodbyeWithin, Now + GoodbyeWithin); // It may have been over before that was noticed.
    }

    /// <summary>A node, or the way to it, is about to be killed: from now on nothing is certain about its clients.</summary>
    public void Dying(Uri node)
    {
        lock (_lock)
        {
            _dying_NeedsLock.Add(node);
            foreach (var session in OpenOnNeedsLock(node))
            {
                session.Online.CertainUntil ??= Now;
                session.Present.CertainUntil ??= Now;
            }
        }
    }

    /// <summary>It is dead: from now on the time runs within which its clients must be gone, and observers told. Returns how many they are.</summary>
    public int Died(Uri node, TimeSpan goneWithin, TimeSpan leftWithin)
    {
        lock (_lock)
        {
            _dying_NeedsLock.Remove(node);
            var dead = OpenOnNeedsLock(node).ToArray();
            foreach (var session in dead)
            {
                (session.DiedAt, session.LeftBy) = (Now, Now + leftWithin);
                EndNeedsLock(session, Now, Now + goneWithin);
            }

            return dead.Length;
        }
    }

    /// <summary>A node, or all, were out of order since then and are not any more, and have so long to recover. Returns how many clients sat it out.</summary>
    public int Doubted(Uri? node, TimeSpan from, TimeSpan backWithin)
    {
        lock (_lock)
        {
            var doubt = new PresenceDoubt(node, from, Now, Now + backWithin);
            _doubts_NeedsLock.Add(doubt);
            return _sessions_NeedsLock.Count(session => doubt.IsOn(session.Node) && session.Present.IsCertain(from, Now));
        }
    }

    /// <summary>A node answered.</summary>
    public void Answered(PresenceAnswer answer)
    {
        lock (_lock)
            _answers_NeedsLock.Add(answer);
    }

    /// <summary>A node did not answer.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>An observer was told of somebody.</summary>
    public void Saw(PresenceSession observer, string channel, bool isJoin, string client)
    {
        lock (_lock)
            _events_NeedsLock.Add(new PresenceEvent(observer, channel, isJoin, client, Now));
    }

    /// <summary>Compares it all.</summary>
    public PresenceAccount Draw()
    {
        lock (_lock)
            return new PresenceJudge(_sessions_NeedsLock, _doubts_NeedsLock).Judge(_answers_NeedsLock, _events_NeedsLock) with { Refused = _refused };
    }

    private IEnumerable<PresenceSession> OpenOnNeedsLock(Uri node) =>
        _sessions_NeedsLock.Where(session => session.Node == node && session.Online.PossibleUntil is null);

    private static void EndNeedsLock(PresenceSession session, TimeSpan certainUntil, TimeSpan possibleUntil)
    {
        session.Online.End(certainUntil, possibleUntil);
        session.Present.End(certainUntil, possibleUntil);
    }
}
