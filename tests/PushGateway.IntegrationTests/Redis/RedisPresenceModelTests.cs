using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>Whatever clients do, and at once, and whichever nodes stop, die, are cut off and come back meanwhile, what all answer and tell is what a simple model says.</summary>
[Collection(nameof(Alone))]
public sealed class RedisPresenceModelTests(RedisServer redis) : IAsyncDisposable
{
    private const int Places = 4;
    private const int Bursts = 50;
    private const int MostAtOnce = 16;

    // Short, since each death takes as long; and long enough that no node is taken for dead that is merely waiting for a processor.
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);

    private readonly PresenceModel _model = new();
    private readonly string _prefix = RedisNode.UniquePrefix();
    private readonly Dictionary<int, FallibleNode> _nodes = [];
    private readonly List<FallibleNode> _all = [];
    private Random _random = null!; // By the test, as all that follow.
    private PresenceWalk _walk = null!;
    private PresenceTrial _trial = null!;

    public async ValueTask DisposeAsync() => await Task.WhenAll(_all.Select(node => node.DisposeAsync().AsTask()));

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
            if (!_nodes.ContainsKey(place))
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

    private Task StartAsync(int place)
    {
        var node = new FallibleNode($"node{_all.Count}", redis.ConnectionString, _prefix, Lease);
        _all.Add(node);
        _nodes.Add(place, node);
        return _trial.StartAsync(place, node.Node);
    }

    private Task GoOnAsync()
    {
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        return _walk.DoAsync();
    }

    private async Task KillAsync(int place)
    {
        var (node, members) = TakeOut(place);
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        _walk.PlanInVain(node.Node);
        _model.End(place);

        await _walk.DoAsync(() => node.KillAsync().AsTask());

        await _trial.SettleAsync(members);
    }

    private Task StopAsync(int place)
    {
        var (node, _) = TakeOut(place);
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        _model.End(place);
        return _walk.DoAsync(() => node.Node.DisposeAsync().AsTask());
    }

    private async Task CutOffAsync(int place)
    {
        var (node, members) = TakeOut(place);
        _walk.Plan(_random.Next(MostAtOnce), _trial.Nodes);
        node.Cut();
        await _walk.DoAsync();
        var inVain = Enumerable.Range(0, _random.Next(3)).Select(_ => JoinAndLeaveAsync(node.Node)).ToArray();
        var leaving = members.Where(member => !member.IsGone && _walk.Chance(30)).Select(member =>
        {
            _model.Leave(member, mayReturn: false);
            return node.Node.LeaveAsync(member.Membership);
        }).ToArray();
        await _trial.SettleAsync(members, away: place);

        node.Join();
        _nodes.Add(place, node);
        _trial.Nodes.Add(place, node.Node);
        await Task.WhenAll([.. inVain, .. leaving]);
        _model.EndWaiting(place);
        await _trial.SettleAsync(members);
    }

    private async Task JoinAndLeaveAsync(PresenceNode node)
    {
        var member = _walk.NewDoomed();
        await node.JoinAsync(member).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await node.LeaveAsync(member);
    }

    private (FallibleNode Node, ModelMember[] Members) TakeOut(int place)
    {
        _walk.Reserve(place);
        _nodes.Remove(place, out var node);
        _trial.Nodes.Remove(place);
        return (node!, [.. _model.Members.Where(member => member.Place == place)]);
    }
}
