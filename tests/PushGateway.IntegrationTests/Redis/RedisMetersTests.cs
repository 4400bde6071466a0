using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;
using PushGateway.Redis.Cluster;
using PushGateway.Redis.Diagnostics;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What a node says of itself and Redis, and what was done to both.</summary>
public sealed class RedisMetersTests(RedisServer redis) : IAsyncDisposable
{
    private static readonly string[] Purposes = ["receiving", "publishing", "commands"];

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly string _prefix = RedisNode.UniquePrefix();
    private MeterReading? _reading;
    private RedisNode? _node;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_node is not null)
            await _node.DisposeAsync();
        _reading?.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Each_connection_that_is_cut_is_one_lost_and_one_made_for_its_purpose()
    {
        await using var server = await RedisServer.StartPrivateAsync(Cancellation, "--save", "");
        await StartAsync(server);
        await using var control = await RedisServerControl.ConnectAsync(server);

        Assert.True(await control.KillAsync("pushgateway-subscriber"));
        await ConnectedAsync(2, 1, 1);
        Assert.True(await control.KillAsync("pushgateway-publisher"));
        await ConnectedAsync(2, 2, 1);
        Assert.True(await control.KillLibraryAsync());
        await ConnectedAsync(2, 2, 2);

        await server.StopAsync(Cancellation);

        await Patience.UntilAsync(() => Purposes.All(purpose => Read($"pushgateway.redis.connections {purpose}") == 0));
        await Patience.UntilAsync(() => Read("pushgateway.redis.heartbeats_failed") > 0);
        Assert.Equal([2, 2, 2], Purposes.Select(purpose => Read($"pushgateway.redis.disconnects {purpose}")));
    }

    [Fact]
    public async Task Members_and_nodes_are_counted_as_they_come_and_go()
    {
        await StartAsync(redis);
        await Patience.UntilAsync(() => Read("pushgateway.nodes") == 1 && Read("pushgateway.redis.round_trip") > 0);
        Assert.Equal(0, Read("pushgateway.redis.heartbeats_failed"));
        var rules = new MembershipRules(Announces: false, TimeSpan.Zero);
        var members = Enumerable.Range(0, 3).Select(i => new Membership($"room:{i % 2}", Guid.NewGuid(), "ann", rules)).ToArray();

        foreach (var member in members)
            await _node!.Presence.JoinAsync(member, Cancellation);
        Assert.Equal(3, Read("pushgateway.presence.members"));
        await _node!.Presence.LeaveAsync(members[0], mayReturn: false);
        await _node!.Presence.LeaveAsync(members[0], mayReturn: false);
        Assert.Equal(2, Read("pushgateway.presence.members"));

        await using (var other = new RedisNode(redis.ConnectionString, _prefix))
        {
            await other.Cluster.StartAsync(new StubNode("b"), Cancellation);
            await Patience.UntilAsync(() => Read("pushgateway.nodes") == 2);
        }

        await Patience.UntilAsync(() => Read("pushgateway.nodes") == 1);
    }

    [Fact]
    public async Task A_dead_node_whose_members_are_taken_out_is_one_reap()
    {
        await StartAsync(redis);
        var keys = new ClusterKeys(_prefix);
        await using var control = await RedisServerControl.ConnectAsync(redis);
        Assert.Equal(0, Read("pushgateway.presence.reaps"));

        await control.Database.SortedSetAddAsync(keys.Channels("deadnode"), "elsewhere", 0);
        await control.Database.SortedSetAddAsync(keys.Graves, "deadnode", 1);

        await Patience.UntilAsync(async () => await control.Database.SortedSetLengthAsync(keys.Graves) == 0);
        await Patience.UntilAsync(() => Read("pushgateway.presence.reaps") == 1);
    }

    private async Task StartAsync(RedisServer server)
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _reading = new MeterReading(meters);
        _node = new RedisNode(server.ConnectionString, _prefix, meters: new RedisMeters(meters));
        await _node.Cluster.StartAsync(new StubNode("a"), Cancellation);
        await _node.Broker.StartAsync();
        await _node.Presence.StartAsync(new PresenceInbox(), Cancellation);
        await ConnectedAsync(1, 1, 1);
    }

    private double Read(string instrument) => _reading!.Of(instrument);

    /// <summary>So many were made, and one is open, for each of the purposes.</summary>
    private Task ConnectedAsync(params int[] made) => Patience.UntilAsync(() => Purposes.Index().All(purpose =>
        Read($"pushgateway.redis.connects {purpose.Item}") == made[purpose.Index]
        && Read($"pushgateway.redis.disconnects {purpose.Item}") == made[purpose.Index] - 1
        && Read($"pushgateway.redis.connections {purpose.Item}") == 1));
}
