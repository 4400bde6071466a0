using PushGateway.Faults;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Deploys;

/// <summary>All nodes are replaced one after the other behind a real balancer, as a Deployment with <c>maxSurge: 1</c> and <c>maxUnavailable: 0</c> does it.</summary>
[Collection(nameof(Alone))]
public sealed class RollingDeployTests(RedisServer redis, ITestOutputHelper output)
{
    private const int Nodes = 3;

    // Longer than the documented settings of the balancer take to notice: an interval of 1 s and another of 0.25 s.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    // Of what is configured for a second: a slice of the drain (0.1 s) and the part of the SDK's pause that is random (0.2 s) may fall into it from its neighbours, and as much as comes
    // in half a second when a busy machine stands still for so long. All at once would be five times as much.
    private const double Tolerance = 1 + 0.1 + 0.2 + 0.5;

    // Of the balancer's times.
    private static readonly TimeSpan Inaccuracy = TimeSpan.FromMilliseconds(20);

    private static readonly (string, string)[] Settings =
    [
        ("PushGateway:Namespaces:kept:HistorySize", "1000"),
        ("PushGateway:Namespaces:kept:Subscribe", "Anonymous"),
        ("PushGateway:Shutdown:PauseSeconds", $"{Pause.TotalSeconds}"),
        ("PushGateway:Shutdown:DrainSeconds", $"{Drain.TotalSeconds}"),
        ("Logging:LogLevel:Default", "Warning"),
        ("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    private readonly Uri[] _addresses = [.. Enumerable.Range(0, 2 * Nodes).Select(_ => NodeProcess.FindAddress())];
    private readonly DateTimeOffset[] _askedToEnd = new DateTimeOffset[Nodes];

    [Fact]
    public async Task Nothing_is_lost_and_no_herd_comes_while_all_nodes_are_replaced_under_three_thousand_clients()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await using var balancer = await HaProxy.StartAsync(_addresses, limit.Token);
        var nodes = (await Task.WhenAll(_addresses.Take(Nodes).Select(address => StartAsync(address, limit.Token)))).ToList();
        try
        {
            await balancer.ServesAsync([0, 1, 2], limit.Token);
            await using var crowd = await Crowd.StartAsync(TrialAt(balancer), limit.Token);
            for (var number = 0; number < Nodes; number++)
                nodes.Add(await ReplaceAsync(nodes[number], number, balancer, limit.Token));
            await crowd.FinishAsync(limit.Token);
            Tell(crowd);
            await crowd.LeaveAsync();
            var sessions = await balancer.SessionsAsync(crowd.Connections.Sum(), limit.Token);

            AssertNothingLost(crowd);
            AssertNobodyMovedMoreThanTwice(crowd);
            AssertNoHerd(sessions);
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    private Task<NodeProcess> StartAsync(Uri address, CancellationToken cancellationToken) =>
        NodeProcess.StartAtAsync(address, redis.ConnectionString, cancellationToken, Settings);

    private static TrialOptions TrialAt(HaProxy balancer) => new() { Nodes = [balancer.Address], Key = NodeProcess.Key, Namespace = "kept" };

    // A new one has to serve before an old one goes.
    private async Task<NodeProcess> ReplaceAsync(NodeProcess old, int number, HaProxy balancer, CancellationToken cancellationToken)
    {
        var successor = await StartAsync(_addresses[Nodes + number], cancellationToken);
        await balancer.ServesAsync([.. Enumerable.Range(number, Nodes + 1)], cancellationToken);
        _askedToEnd[number] = TimeProvider.System.GetUtcNow();
        Assert.Equal(0, await old.TerminateAsync(cancellationToken));
        return successor;
    }

    private static void AssertNothingLost(Crowd crowd)
    {
        var total = crowd.Account.Total;
        Assert.True(total.IsKept, crowd.Account.Verdict);
        Assert.Equal((0, 0, 0), (total.TimesTold, total.Refused, total.Unanswered));
        Assert.True(total.Acknowledged > 0);
        Assert.Equal(crowd.Expected, total.Seen);
    }

    // Once is needed. Twice is who came to a node that was yet to be replaced, since the new one was just as full.
    private static void AssertNobodyMovedMoreThanTwice(Crowd crowd)
    {
        Assert.Equal(["3001 shutdown"], crowd.Losses.Keys);
        Assert.InRange(crowd.Connections.Min(), 2, 3);
        Assert.InRange(crowd.Connections.Max(), 2, 3);
    }

    private void AssertNoHerd(IReadOnlyCollection<HaProxySession> sessions)
    {
        var steepest = 0.0;
        for (var number = 0; number < Nodes; number++)
        {
            var closed = sessions.Where(session => session.Server == BalancerDocument.Name(number)).Select(session => session.Ended).Order().ToArray();
            var slope = closed.Length / Drain.TotalSeconds;
            steepest = Math.Max(steepest, slope);
            output.WriteLine($"node {number + 1}: {closed.Length} clients, {slope} a second to be closed; at most {PeakPerSecond(closed)} were");
            Assert.InRange(PeakPerSecond(closed), 1, slope * Tolerance);

            // However late the machine is, none is closed before its turn.
            for (var n = 0; n < closed.Length; n++)
                Assert.True(closed[n] > _askedToEnd[number] + Pause + (Drain * n / closed.Length) - Inaccuracy);
        }

        var came = sessions.Select(session => session.Began).Where(began => began > _askedToEnd[0]).Order().ToArray();
        output.WriteLine($"{came.Length} reconnects, at most {PeakPerSecond(came)} a second");
        Assert.InRange(PeakPerSecond(came), 1, steepest * Tolerance);
    }

    // Of all seconds, whenever they begin.
    private static int PeakPerSecond(DateTimeOffset[] moments)
    {
        var (peak, first) = (0, 0);
        for (var last = 0; last < moments.Length; last++)
        {
            while (moments[last] - moments[first] >= TimeSpan.FromSeconds(1))
                first++;
            peak = Math.Max(peak, last - first + 1);
        }

        return peak;
    }

    private void Tell(Crowd crowd)
    {
        output.WriteLine(crowd.Account.ToString());
        foreach (var (connections, clients) in crowd.Connections.CountBy(static connections => connections).OrderBy(static times => times.Key))
            output.WriteLine($"{clients} clients reconnected {connections - 1} times");
        foreach (var (loss, times) in crowd.Losses)
            output.WriteLine($"lost: {loss} × {times}");
    }
}
