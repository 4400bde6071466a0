using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Whatever clients do, and at once, and whichever nodes stop, die, are cut off and come back meanwhile, what all answer and tell is what a simple model says.</summary>
[Collection(nameof(Alone))]
public sealed class RedisPresenceModelTests(RedisServer redis) : IAsyncDisposable
{
    private const int Places = 4;
    private const int Bursts = 40;
    private const int MostAtOnce = 16;

    private readonly PresenceModel _model = new();
    private readonly MortalNodes _nodes = new(redis.ConnectionString, options =>
    {
        // Shorter, since each death takes as long: no other tests run meanwhile.
        options.LeaseDuration = TimeSpan.FromSeconds(1);
        options.CommandTimeout = TimeSpan.FromSeconds(2);
    });

    private readonly Dictionary<int, (MortalNode Node, TcpProxy Way)> _places = [];
    private readonly List<TcpProxy> _ways = [];
    private Random _random = null!; // By the test, as all that follow.
    private PresenceWalk _walk = null!;
    private PresenceTrial _trial = null!;

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        foreach (var way in _ways)
            await way.DisposeAsync();
    }

    /// <param name="seed">0 for another one each time.</param>
    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Answers_and_changes_are_those_of_the_model(int seed)
    {
        if (seed == 0)
            seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}");
        _random = new Random(seed);
        _walk = new PresenceWalk(_random, _model, leaveDelay: TimeSpan.FromMinutes(10));
        _trial = new PresenceTrial(_model, _walk);
        for (var place = 0; place < Places; place++)
            await StartAsync(place);

        for (var burst = 0; burst < Bursts; burst++)
        {
            var place = _random.Next(PresenceTrial.PlaceOfWitness + 1, Places);
            if (!_places.ContainsKey(place))
                await StartAsync(place);
            else
                await (_random.Next(10) switch
                {
                    0 => KillAsync(place),
                    1 => StopAsync(place),
                    2 => CutOffAsync(place),
                    _ => GoOnAsync(),
                });

            await _trial.AssertSettledAsync();
            await _trial.AssertToldAsync();
        }
    }

    private async Task StartAsync(int place)
    {
        var way = new TcpProxy(redis.ConnectionString);
        _ways.Add(way);
        var node = await _nodes.StartAsync(way.Address);
        await BackAsync(place, node, way);
    }

    private Task GoOnAsync()
    {
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        return _walk.DoAsync();
    }

    private async Task KillAsync(int place)
    {
        var (node, way, members) = TakeOut(place);
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        _walk.PlanInVain(node.Presence);
        _model.End(place);

        // Nothing reaches Redis any more that is not on its way, and Redis sees the connections end: that is all it sees of a process that is killed.
        _ways.Remove(way);
        await _walk.DoAsync(() => way.DisposeAsync().AsTask());

        await _trial.SettleAsync(members);
    }

    private Task StopAsync(int place)
    {
        var (node, _, _) = TakeOut(place);
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        _model.End(place);
        return _walk.DoAsync(() => node.Presence.DisposeAsync().AsTask());
    }

    private async Task CutOffAsync(int place)
    {
        var (node, way, members) = TakeOut(place);
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        way.Freeze();
        await _walk.DoAsync();
        var inVain = Enumerable.Range(0, _random.Next(3)).Select(_ => JoinAndLeaveAsync(node.Presence)).ToArray();
        var leaving = members.Where(member => !member.IsGone && _walk.Chance(30)).Select(member =>
        {
            _model.Leave(member, mayReturn: false);
            return node.Presence.LeaveAsync(member.Membership);
        }).ToArray();
        await _trial.SettleAsync(members, away: place);

        var waiting = _model.Members.Where(member => member.IsGone).ToArray();
        _model.Restore(place);
        way.Thaw();
        await Task.WhenAll([.. inVain, .. leaving]);
        await BackAsync(place, node, way);
        await _trial.SettleAsync([.. members, .. waiting.Except(_model.Members)]);
    }

    private async Task JoinAndLeaveAsync(PresenceNode node)
    {
        var member = _walk.NewDoomed();
        await node.JoinAsync(member).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await node.LeaveAsync(member);
    }

    private Task BackAsync(int place, MortalNode node, TcpProxy way)
    {
        _places.Add(place, (node, way));
        return _trial.AddAsync(place, node.Presence);
    }

    private (MortalNode Node, TcpProxy Way, ModelMember[] Members) TakeOut(int place)
    {
        _walk.Reserve(place);
        _places.Remove(place, out var taken);
        _trial.Nodes.Remove(place);
        return (taken.Node, taken.Way, [.. _model.Members.Where(member => member.Place == place)]);
    }
}
