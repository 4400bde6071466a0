using PushGateway.Channels;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Contracts;

/// <summary>
/// What clients do, at random, to nodes and to the model alike. What is done at once does not depend on its order: of one user in one channel one thing, and of one node's end nothing.
/// </summary>
internal sealed class PresenceWalk
{
    /// <summary>What users begin with of whom nothing is left in the end.</summary>
    public const string Doomed = "doomed";

    private const int MaxMembers = 60;

    private static readonly string[] Users = ["", "ann", "bob", "eve"];

    private readonly Random _random;
    private readonly PresenceModel _model;
    private readonly Dictionary<string, MembershipRules> _rules;
    private readonly HashSet<(string Channel, string Who)> _touched = [];
    private readonly List<Func<Task>> _burst = [];
    private int _serial;

    public PresenceWalk(Random random, PresenceModel model, TimeSpan leaveDelay)
    {
        (_random, _model) = (random, model);
        var users = new MembershipRules(Announces: true, random.Next(2) == 0 ? leaveDelay : TimeSpan.Zero, new UserPresenceRules(TimeSpan.FromDays(30), Announces: true));
        _rules = new Dictionary<string, MembershipRules>
        {
            ["quiet"] = new(Announces: false, leaveDelay),
            ["news"] = new(Announces: true, TimeSpan.Zero),
            ["room"] = new(Announces: true, leaveDelay),
            ["#ann"] = users,
            ["#bob"] = users,
            ["#eve"] = users,
        };
    }

    public IEnumerable<string> Channels => _rules.Keys;

    public IEnumerable<string> AnnouncedChannels => _rules.Where(entry => entry.Value.Announces).Select(entry => entry.Key);

    public static IEnumerable<string> OwnersOfChannels => Users.Where(user => user.Length > 0);

    public bool Chance(int percent) => _random.Next(100) < percent;

    /// <summary>Nothing else is done at once to users with members at this place.</summary>
    public void Reserve(int place)
    {
        foreach (var member in _model.Members.Where(member => member.Place == place))
            _touched.Add(KeyOf(member.Membership));
    }

    /// <summary>Thinks of some things to do to these nodes, and tells the model.</summary>
    public void Plan(int count, IReadOnlyDictionary<int, PresenceNode> nodes, DateTimeOffset now = default)
    {
        for (var i = 0; i < count; i++)
        {
            var here = _model.Members.Where(member => !member.IsGone && nodes.ContainsKey(member.Place) && IsFree(member.Membership)).ToArray();
            var chosen = here.Length > 0 ? here[_random.Next(here.Length)] : null;
            switch (_random.Next(100))
            {
                case < 45 when _model.Members.Count < MaxMembers:
                    Join(NewMember(Guid.NewGuid()), nodes);
                    break;
                case < 55 when _model.Members.Find(member => member.IsGone && member.Membership.User.Length > 0 && IsFree(member.Membership)) is { } gone:
                    Join(Like(gone.Membership, Guid.NewGuid()), nodes);
                    break;
                case < 80 when chosen is not null:
                    Leave(chosen, nodes[chosen.Place], now);
                    break;
                case < 90 when chosen is not null:
                    SubscribeAgain(chosen, nodes[chosen.Place]);
                    break;
                case >= 90:
                    var (node, unknown, mayReturn) = (nodes.First().Value, NewMember(Guid.NewGuid()), Chance(50));
                    _burst.Add(() => node.LeaveAsync(unknown, mayReturn));
                    break;
            }
        }
    }

    /// <summary>What a node has just begun when it ends: whatever comes of it, nothing is left in the end.</summary>
    public void PlanInVain(PresenceNode node)
    {
        for (var i = _random.Next(5); i > 0; i--)
        {
            var member = NewDoomed();
            _burst.Add(() =>
            {
                _ = SwallowAsync(node.JoinAsync(member));
                return Task.CompletedTask;
            });
        }
    }

    /// <summary>A member that is not to stay, of a user of its own: it may take the place of nobody.</summary>
    public Membership NewDoomed()
    {
        var channel = Chance(50) ? "room" : "quiet";
        return new Membership(channel, Guid.NewGuid(), $"{Doomed}{++_serial}", _rules[channel]);
    }

    /// <summary>Does all that was planned, at once.</summary>
    public async Task DoAsync(params IEnumerable<Func<Task>> besides)
    {
        var tasks = _burst.Concat(besides).Select(Task.Run).ToArray();
        _burst.Clear();
        _touched.Clear();
        await Task.WhenAll(tasks);
    }

    private static async Task SwallowAsync(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static (string Channel, string Who) KeyOf(Membership membership) => (membership.Channel, membership.User.Length > 0 ? membership.User : $"{membership.Connection}");

    private bool IsFree(Membership membership) => !_touched.Contains(KeyOf(membership));

    private Membership NewMember(Guid connection)
    {
        var (channel, rules) = _rules.ElementAt(_random.Next(_rules.Count));
        var user = channel[0] == ChannelName.UserBoundary ? channel[1..] : Users[_random.Next(Users.Length)];
        return new Membership(channel, connection, user, rules) { ConnectionInfo = Chance(50) ? null : $"{++_serial}" };
    }

    private Membership Like(Membership membership, Guid connection) =>
        new(membership.Channel, connection, membership.User, membership.Rules) { ChannelInfo = Chance(50) ? null : $"{++_serial}" };

    private void Join(Membership membership, IReadOnlyDictionary<int, PresenceNode> nodes)
    {
        if (!IsFree(membership))
            return;

        var (place, node) = nodes.ElementAt(_random.Next(nodes.Count));
        _touched.Add(KeyOf(membership));
        _model.Join(membership, place);
        _burst.Add(() => node.JoinAsync(membership));
    }

    private void Leave(ModelMember member, PresenceNode node, DateTimeOffset now)
    {
        var (mayReturn, twice) = (Chance(50), Chance(20));
        _touched.Add(KeyOf(member.Membership));
        _model.Leave(member, mayReturn, now);
        _burst.Add(async () =>
        {
            var leaving = node.LeaveAsync(member.Membership, mayReturn);
            if (twice)
                await node.LeaveAsync(member.Membership, mayReturn);
            await leaving;
        });
    }

    private void SubscribeAgain(ModelMember member, PresenceNode node)
    {
        var (before, now) = (member.Membership, Like(member.Membership, member.Membership.Connection));
        var leavesFirst = Chance(50);
        _touched.Add(KeyOf(before));
        _model.Join(now, member.Place);
        _burst.Add(async () =>
        {
            var leaving = leavesFirst ? node.LeaveAsync(before) : Task.CompletedTask;
            await node.JoinAsync(now);
            await node.LeaveAsync(before);
            await leaving;
        });
    }
}
