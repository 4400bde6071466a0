using PushGateway.Brokers;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What becomes of members when a Redis Cluster changes its primaries or loses one.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class ShardedPresenceFaultTests(RedisClusterServers redis) : IAsyncLifetime
{
    private static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);

    // Enough that each primary has some.
    private readonly string[] _channels = [.. Enumerable.Range(0, 60).Select(i => $"room:{i}")];
    private readonly List<Membership> _members = [];
    private MortalNodes _nodes = null!;
    private MortalNode _first = null!, _second = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await redis.UntilWholeAsync();
        _nodes = new MortalNodes(redis.ConnectionString);
        _first = await _nodes.StartAsync();
        _second = await _nodes.StartAsync();
        foreach (var channel in _channels)
            foreach (var node in (MortalNode[])[_first, _second])
            {
                var member = new Membership(channel, Guid.NewGuid(), "ann", Announced);
                await node.Presence.JoinAsync(member);
                _members.Add(member);
            }
    }

    public async ValueTask DisposeAsync()
    {
        await _nodes.DisposeAsync();
        await redis.UntilWholeAsync();
    }

    [Theory]
    [InlineData("{cluster}")] // Where the leases are.
    [InlineData("{room:0}")]
    public async Task They_are_all_there_when_a_replica_was_promoted(string slot)
    {
        var (_, replica) = await redis.FindAsync(slot);

        await replica.ExecuteAsync("CLUSTER", "FAILOVER");

        await AssertAllAreThereAsync();
        await AssertTheyComeAndGoAsync();
    }

    [Theory]
    [InlineData("{cluster}")]
    [InlineData("{room:0}")]
    public async Task They_are_all_there_when_a_primary_that_died_was_replaced(string slot)
    {
        var (primary, _) = await redis.FindAsync(slot);

        await primary.StopAsync(Cancellation);
        await Patience.UntilAsync(() => _first.Redis.Connection.WhyNotReady is not null);
        await Patience.UntilAsync(() => _first.Redis.Connection.WhyNotReady is null && _second.Redis.Connection.WhyNotReady is null);
        await AssertAllAreThereAsync();

        await primary.StartAsync(Cancellation);
        await redis.UntilWholeAsync();
        await AssertAllAreThereAsync();
        await AssertTheyComeAndGoAsync();
    }

    private async Task AssertTheyComeAndGoAsync()
    {
        foreach (var member in _members.ToArray())
        {
            var another = new Membership(member.Channel, Guid.NewGuid(), "bob", Announced);
            await Patience.UntilAsync(() => TryJoinAsync(another));
            _members.Add(another);
            await _second.Presence.LeaveAsync(another);
            _members.Remove(another);
        }

        await AssertAllAreThereAsync();
    }

    private async Task<bool> TryJoinAsync(Membership member)
    {
        try
        {
            await _second.Presence.JoinAsync(member);
            return true;
        }
        catch (BrokerUnavailableException)
        {
            await _second.Presence.LeaveAsync(member);
            return false;
        }
    }

    private async Task AssertAllAreThereAsync()
    {
        foreach (var node in (MortalNode[])[_first, _second])
            foreach (var channel in _channels)
            {
                var expected = _members.Where(member => member.Channel == channel).Select(member => member.ToClientInfo()).ToHashSet();
                await Patience.UntilAsync(async () =>
                {
                    try
                    {
                        return expected.SetEquals(await node.Presence.ReadAllAsync(channel));
                    }
                    catch (BrokerUnavailableException)
                    {
                        return false;
                    }
                });
            }
    }
}
