namespace PushGateway.IntegrationTests.Faults;

/// <summary>The judge must be right where the others rely on it: it calls each kind of fault by its name, and nothing else.</summary>
public sealed class PresenceJudgeTests
{
    private const string Channel = "room:a", Observer = "o", Member = "m";

    private static readonly Uri Node = new("http://127.0.0.1:1/"), Other = new("http://127.0.0.1:2/"), Third = new("http://127.0.0.1:3/");

    private readonly PresenceSession _observer = Session(Observer, "", Other, subscribedAt: 1, observes: true);
    private readonly PresenceSession _member = Session(Member, "42", Node, subscribedAt: 10);
    private readonly List<PresenceDoubt> _doubts = [];
    private readonly List<PresenceAnswer> _answers = [];
    private readonly List<PresenceEvent> _events = [];

    [Fact]
    public void All_who_are_there_and_nobody_else_is_right()
    {
        Answer(5, Observer);
        Answer(11, Observer, Member);
        Tell(10, "join");
        AssertOnly(_ => 0);
    }

    [Fact]
    public void Who_is_just_coming_or_has_just_gone_may_be_listed_or_not()
    {
        EndAt(20, goneBy: 23);
        foreach (var moment in (double[])[9.5, 21])
        {
            Answer(moment, Observer);
            Answer(moment, Observer, Member);
        }

        Tell(10, "join");
        Tell(22, "leave");
        AssertOnly(_ => 0);
    }

    [Fact]
    public void Who_is_there_and_not_listed_is_missing()
    {
        Answer(15, Observer);
        Tell(10, "join");
        // In the list, in the number of clients and in the number of users.
        AssertOnly(account => account.Missing, 3);
    }

    [Fact]
    public void Who_is_listed_beyond_the_bound_is_a_ghost()
    {
        EndAt(20, goneBy: 26, died: true);
        Answer(25.9, Observer, Member);
        Answer(26.5, Observer, Member);
        Tell(10, "join");
        Tell(27, "leave");
        AssertOnly(account => account.Ghosts, 3);
        Assert.Equal((6.5, 7.0), (Draw().GoneAfter, Draw().LeftAfter));
    }

    [Fact]
    public void Who_was_never_there_is_a_ghost()
    {
        Answer(5, Observer, "nobody");
        Tell(10, "join");
        AssertOnly(account => account.Ghosts, 3);
    }

    [Fact]
    public void Numbers_that_are_not_those_of_the_list_are_inconsistent()
    {
        Answer(15, Observer, Member);
        _answers[^1] = _answers[^1] with { Members = new Dictionary<string, string> { [Observer] = "", [Member] = "43" } };
        Tell(10, "join");
        AssertOnly(account => account.Inconsistent, 1);
    }

    [Fact]
    public void A_user_is_online_with_the_first_connection()
    {
        Ask(15, connections: 0);
        Tell(10, "join");
        AssertOnly(account => account.Missing, 2);
    }

    [Fact]
    public void A_user_is_offline_with_the_last_connection()
    {
        EndAt(20, goneBy: 26);
        Ask(30, connections: 1);
        Tell(10, "join");
        Tell(21, "leave");
        AssertOnly(account => account.Ghosts, 2);
    }

    [Theory]
    [InlineData("join join")]
    [InlineData("leave join")]
    [InlineData("join leave leave")]
    public void A_join_or_a_leave_too_many_is_doubled(string told)
    {
        if (told.EndsWith("leave", StringComparison.Ordinal))
            EndAt(20, goneBy: 23);
        TellAll(told);
        Assert.True(Draw().Doubled > 0);
    }

    [Theory]
    [InlineData("join leave join")]
    [InlineData("join leave join leave join")]
    public void A_leave_of_who_is_there_is_a_flap(string told)
    {
        TellAll(told);
        Assert.True(Draw().Flapped > 0);
        Assert.Equal(0, Draw().Doubled);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("leave", true)]
    [InlineData("join", true)]
    public void A_join_or_a_leave_too_few_is_lost(string told, bool ends)
    {
        if (ends)
            EndAt(20, goneBy: 23);
        TellAll(told);
        Assert.Equal(1, Draw().Lost);
    }

    [Fact]
    public void A_leave_beyond_the_bound_is_late()
    {
        EndAt(20, goneBy: 26, died: true);
        Tell(10, "join");
        Tell(28.1, "leave");
        AssertOnly(account => account.Late, 1);
    }

    [Fact]
    public void While_a_node_is_out_of_order_its_members_may_go_and_come_back_once()
    {
        _doubts.Add(new PresenceDoubt(Node, Seconds(20), Seconds(30), Seconds(31)));
        Answer(29, Observer);
        Answer(30.8, Observer);
        Answer(31.5, Observer, Member);
        TellAll("join");
        Tell(26, "leave");
        Tell(30.9, "join");
        AssertOnly(_ => 0);
        Assert.Equal((1.8, 0.8), (Math.Round(Draw().AwayFor!.Value, 3), Math.Round(Draw().BackAfter!.Value, 3)));

        Answer(32, Observer);
        AssertOnly(account => account.Missing, 3);
        Tell(32, "leave");
        Tell(33, "join");
        Assert.True(Draw().Flapped > 0);
    }

    [Fact]
    public void Members_of_other_nodes_are_not_excused()
    {
        _doubts.Add(new PresenceDoubt(Third, Seconds(10), Seconds(30), Seconds(31)));
        Answer(29, Observer);
        Tell(10, "join");
        AssertOnly(account => account.Missing, 3);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static PresenceSession Session(string client, string user, Uri node, double subscribedAt, bool observes = false)
    {
        var session = new PresenceSession(user, node, new HashSet<string> { Channel }, observes) { Client = client };
        (session.Online.PossibleFrom, session.Online.CertainFrom) = (Seconds(subscribedAt - 1), Seconds(subscribedAt));
        (session.Present.PossibleFrom, session.Present.CertainFrom) = (Seconds(subscribedAt - 1), Seconds(subscribedAt));
        return session;
    }

    private PresenceAccount Draw() => new PresenceJudge([_observer, _member], _doubts).Judge(_answers, _events);

    private void AssertOnly(Func<PresenceAccount, int> wrong, int expected = 0)
    {
        var account = Draw();
        Assert.Equal(expected, wrong(account));
        Assert.True(
            account.Ghosts + account.Missing + account.Inconsistent + account.Doubled + account.Flapped + account.Lost + account.Late == expected, account.ToString());
    }

    private void EndAt(double at, double goneBy, bool died = false)
    {
        _member.Online.End(Seconds(at), Seconds(goneBy));
        _member.Present.End(Seconds(at), Seconds(goneBy));
        if (died)
            (_member.DiedAt, _member.LeftBy) = (Seconds(at), Seconds(goneBy + 2));
    }

    private void Answer(double at, params string[] members)
    {
        var users = members.ToDictionary(client => client, client => client == Member ? "42" : client == Observer ? "" : client);
        _answers.Add(new PresenceAnswer(Channel, IsUser: false, Other, Seconds(at), Seconds(at), members.Length, users.Count, users));
    }

    private void Ask(double at, int connections) =>
        _answers.Add(new PresenceAnswer("42", IsUser: true, Other, Seconds(at), Seconds(at), connections, connections > 0 ? 1 : 0));

    private void Tell(double at, string what) => _events.Add(new PresenceEvent(_observer, Channel, what == "join", Member, Seconds(at)));

    private void TellAll(string told)
    {
        foreach (var (i, what) in told.Split(' ', StringSplitOptions.RemoveEmptyEntries).Index())
            Tell(10 + i, what);
    }
}
