namespace PushGateway.IntegrationTests.Faults;

/// <summary>Compares what was answered and told with what was true: who must be there, who may be, and what an observer must have been told of it.</summary>
internal sealed class PresenceJudge(IReadOnlyList<PresenceSession> sessions, IReadOnlyList<PresenceDoubt> doubts)
{
    private const int MaxFindings = 10;

    private readonly ILookup<string, PresenceSession> _sessionsOfUser = sessions.ToLookup(session => session.User);
    private readonly Dictionary<string, PresenceSession> _sessionsById = sessions.Where(session => session.Client.Length > 0).ToDictionary(session => session.Client);

    private readonly ILookup<string, PresenceSession> _sessionsOfChannel = sessions
        .Where(session => session.Client.Length > 0)
        .SelectMany(session => session.Channels.Select(channel => (Channel: channel, Session: session)))
        .ToLookup(entry => entry.Channel, entry => entry.Session);

    private readonly List<string> _findings = [];
    private readonly Dictionary<PresenceSession, (TimeSpan First, TimeSpan Last)> _absences = [];
    private int _ghosts, _missing, _inconsistent, _doubled, _flapped, _lost, _late;
    private TimeSpan? _goneAfter, _leftAfter, _backAfter;

    public PresenceAccount Judge(IReadOnlyList<PresenceAnswer> answers, IReadOnlyList<PresenceEvent> events)
    {
        foreach (var answer in answers)
            Judge(answer);
        var told = events.ToLookup(one => one.Observer);
        foreach (var observer in sessions.Where(session => session.Observes))
            JudgeObserver(observer, told[observer].ToLookup(one => (one.Channel, one.Client)));
        return new PresenceAccount
        {
            Sessions = sessions.Count,
            Answers = answers.Count,
            Refused = 0,
            Events = events.Count,
            Ghosts = _ghosts,
            Missing = _missing,
            Inconsistent = _inconsistent,
            Doubled = _doubled,
            Flapped = _flapped,
            Lost = _lost,
            Late = _late,
            GoneAfter = _goneAfter?.TotalSeconds,
            LeftAfter = _leftAfter?.TotalSeconds,
            AwayFor = doubts.Count == 0 ? null : _absences.Values.Select(absence => (absence.Last - absence.First).TotalSeconds).DefaultIfEmpty(0).Max(),
            BackAfter = _backAfter?.TotalSeconds,
            Findings = _findings,
        };
    }

    private void Judge(PresenceAnswer answer)
    {
        var (from, to) = (answer.Asked, answer.Answered);
        List<PresenceSession> must = [], may = [];
        foreach (var session in answer.IsUser ? _sessionsOfUser[answer.About] : _sessionsOfChannel[answer.About])
        {
            var stay = answer.IsUser ? session.Online : session.Present;
            if (stay.IsPossible(from, to))
                may.Add(session);
            if (stay.IsCertain(from, to) && !NoteAbsence(session, answer))
                must.Add(session);
        }

        if (answer.Members is { } members)
            JudgeMembers(answer, members, must, may);
        Count(ref _missing, must.Count - answer.Clients, () => $"{answer} counts too few, {must.Count} must be there");
        Count(ref _ghosts, answer.Clients - may.Count, () => $"{answer} counts too many, {may.Count} may be there");
        Count(ref _missing, Users(must) - answer.Users, () => $"{answer} counts too few users");
        Count(ref _ghosts, answer.Users - Users(may), () => $"{answer} counts too many users");
    }

    private void JudgeMembers(PresenceAnswer answer, IReadOnlyDictionary<string, string> members, List<PresenceSession> must, List<PresenceSession> may)
    {
        var missing = must.Where(session => !members.ContainsKey(session.Client)).ToArray();
        Count(ref _missing, missing.Length, () => $"{answer} misses {Describe(missing[0])}");
        var known = may.ToDictionary(session => session.Client, session => session.User);
        var ghosts = members.Keys.Where(client => !known.ContainsKey(client)).ToArray();
        Count(ref _ghosts, ghosts.Length, () => $"{answer} lists {Describe(_sessionsById.GetValueOrDefault(ghosts[0]))}");
        Count(ref _inconsistent, members.Count(member => known.TryGetValue(member.Key, out var user) && user != member.Value), () => $"{answer} gives members other users");
        if (members.Count != answer.Clients || members.Values.Distinct().Count() != answer.Users)
            Count(ref _inconsistent, 1, () => $"{answer} lists {members.Count}");
        foreach (var client in members.Keys)
            if (_sessionsById.GetValueOrDefault(client)?.DiedAt is { } died && answer.Asked > died)
                Raise(ref _goneAfter, answer.Asked - died);
    }

    // Whether nothing is certain, since its node was out of order; then it is only noted that it was not there.
    private bool NoteAbsence(PresenceSession session, PresenceAnswer answer)
    {
        if (answer.Members is { } members && !members.ContainsKey(session.Client))
            foreach (var doubt in doubts)
                if (doubt.IsOn(session.Node) && answer.Asked > doubt.From)
                {
                    Raise(ref _backAfter, answer.Asked - doubt.To);
                    _absences[session] = _absences.TryGetValue(session, out var absence)
                        ? (Min(absence.First, answer.Asked), Max(absence.Last, answer.Asked))
                        : (answer.Asked, answer.Asked);
                }

        return doubts.Any(doubt => doubt.Covers(session, answer.Asked, answer.Answered));
    }

    private void JudgeObserver(PresenceSession observer, ILookup<(string Channel, string Client), PresenceEvent> told)
    {
        foreach (var channel in observer.Channels)
            foreach (var session in _sessionsOfChannel[channel])
                if (session != observer)
                    JudgeEvents(observer, session, [.. told[(channel, session.Client)]]);

        Count(ref _doubled, told.Count(one => !_sessionsById.ContainsKey(one.Key.Client)), () => "Somebody joined or left who was never there");
    }

    private void JudgeEvents(PresenceSession observer, PresenceSession session, PresenceEvent[] events)
    {
        // What was on its way when the observer subscribed may still have come to it.
        var onItsWay = TimeSpan.FromSeconds(1);
        bool? isThere = session.Present.CertainFrom + onItsWay < observer.Present.PossibleFrom ? true
            : session.Present.PossibleFrom > observer.Present.CertainFrom ? false
            : null;
        foreach (var one in events)
        {
            Count(ref _doubled, isThere == one.IsJoin ? 1 : 0, () => $"{Describe(session)}: {Describe(events)}");
            isThere = one.IsJoin;
            if (one.IsJoin)
                continue;

            var isInDoubt = doubts.Any(doubt => doubt.Covers(session, one.At, one.At));
            Count(ref _flapped, session.Present.IsCertain(one.At, one.At) && !isInDoubt ? 1 : 0, () => $"{Describe(session)} was told to leave: {Describe(events)}");
            if (session.DiedAt is not { } died)
                continue;

            Raise(ref _leftAfter, one.At - died);
            Count(ref _late, one.At > session.LeftBy ? 1 : 0, () => $"{Describe(session)} left late: {Describe(events)}");
        }

        var troubles = doubts.Count(doubt => doubt.IsOn(session.Node));
        Count(ref _flapped, events.Count(one => !one.IsJoin) - 1 - troubles, () => $"{Describe(session)}: {Describe(events)}");
        if (observer.Present.PossibleUntil is null)
            JudgeOutcome(observer, session, events, isThere);
    }

    // What an observer that saw it all must have been told in the end.
    private void JudgeOutcome(PresenceSession observer, PresenceSession session, PresenceEvent[] events, bool? isThere)
    {
        var hasLeft = session.Present.PossibleUntil is not null;
        var neededJoin = session.Present.CertainFrom is not null && session.Present.PossibleFrom > observer.Present.CertainFrom;
        var neededLeave = hasLeft && session.Present.CertainFrom is not null && session.Present.CertainUntil > observer.Present.CertainFrom;
        var isWrong = (neededJoin && !events.Any(one => one.IsJoin))
            || (neededLeave && !events.Any(one => !one.IsJoin))
            || (hasLeft ? isThere == true : events.Length > 0 && isThere == false);
        Count(ref _lost, isWrong ? 1 : 0, () => $"{Describe(session)}: {Describe(events)}");
    }

    private static int Users(List<PresenceSession> among) => among.Select(session => session.User).Distinct().Count();

    private static string Describe(PresenceSession? session) => session is null
        ? "nobody that was ever there"
        : FormattableString.Invariant($"{session.Client} ({session.User}) of {session.Node.Port}, there from {session.Present.CertainFrom:c} to {session.Present.CertainUntil:c}, node died {session.DiedAt:c}");

    private static string Describe(PresenceEvent[] events) => string.Join(", ", events.Select(one => FormattableString.Invariant($"{(one.IsJoin ? "join" : "leave")} {one.At:c}")));

    private void Count(ref int wrong, long by, Func<string> finding)
    {
        if (by <= 0)
            return;

        wrong += (int)by;
        if (_findings.Count < MaxFindings)
            _findings.Add(finding());
    }

    private static void Raise(ref TimeSpan? highest, TimeSpan to) => highest = Max(highest ?? to, to);

    private static TimeSpan Min(TimeSpan x, TimeSpan y) => x < y ? x : y;

    private static TimeSpan Max(TimeSpan x, TimeSpan y) => x > y ? x : y;
}
