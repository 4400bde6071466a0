using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Presence;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>What becomes of the members of a node that has only just started.</summary>
public sealed class RedisPresenceStartTests(RedisServer redis) : IAsyncLifetime
{
    private static readonly MembershipRules Announced = new(Announces: true, TimeSpan.Zero);

    private FallibleNode _steady = null!, _young = null!;

    public async ValueTask InitializeAsync()
    {
        var prefix = RedisNode.UniquePrefix();
        var lease = TimeSpan.FromSeconds(2);
        _steady = new FallibleNode("steady", redis.ConnectionString, prefix, lease);
        _young = new FallibleNode("young", redis.ConnectionString, prefix, lease);
        await _steady.Node.StartAsync();
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_young.DisposeAsync().AsTask(), _steady.DisposeAsync().AsTask());

    [Fact]
    public async Task One_that_loses_its_lease_before_it_has_renewed_it_writes_its_members_again()
    {
        await _young.Node.StartAsync();
        var member = new Membership("news", Guid.NewGuid(), "ann", Announced);
        await _young.Node.JoinAsync(member);

        _young.Cut();
        await Patience.UntilAsync(async () => (await _steady.Node.CountAsync("news")).Clients == 0);
        _young.Join();

        await Patience.UntilAsync(async () => (await _steady.Node.CountAsync("news")).Clients == 1);
        Assert.Equal([member.ToClientInfo()], await _steady.Node.ReadAllAsync("news"));
    }
}
