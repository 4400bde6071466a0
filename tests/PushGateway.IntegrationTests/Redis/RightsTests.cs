using PushGateway.Brokers;
using PushGateway.Channels;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Contracts;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.Security.Revocations;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>The least that a user of Redis has to be allowed, as <c>docs/redis.md</c> has it: with it everything works, and Redis has nothing to refuse.</summary>
[Collection(OnRedisCluster.Name)]
public sealed class RightsTests(RedisClusterServers cluster)
{
    private const string Login = "user=gateway,password=secret";

    private static readonly string[] Documented =
        Repository.Read("docs/redis.md").Split('\n').Single(line => line.StartsWith("ACL SETUSER gateway ", StringComparison.Ordinal)).Split(' ');

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void They_hold_neither_a_category_nor_what_destroys()
    {
        Assert.DoesNotContain(Documented, word => word.StartsWith("+@", StringComparison.Ordinal) || word is "allkeys" or "allchannels" or "allcommands" or "~*" or "&*" or "nopass");
        Assert.Contains("-@all", Documented);
        foreach (var command in (string[])["flushall", "flushdb", "keys", "scan", "config", "shutdown", "debug", "acl", "save", "replicaof", "migrate", "monitor", "function", "module", "script", "client", "cluster", "psubscribe"])
            Assert.DoesNotContain($"+{command}", Documented);
    }

    [Fact]
    public async Task They_are_enough_on_one_redis()
    {
        await using var server = await RedisServer.StartPrivateAsync(Cancellation, ["--save", "", "--user", .. Documented[2..]]);
        await using var control = await RedisServerControl.ConnectAsync(server);
        await UseAllAsync($"{server.ConnectionString},{Login}", () => control.KillAsync("pushgateway-subscriber"));
        AssertNothingRefused([await control.Database.ExecuteAsync("ACL", "LOG")]);
    }

    [Fact]
    public async Task They_are_enough_with_Sentinel()
    {
        await using var redis = await RedisSentinel.StartAsync(Cancellation);
        await redis.ExecuteOnServersAsync([.. Documented]);
        await UseAllAsync($"{redis.ConnectionString},{Login}", redis.FailOverAsync);
        AssertNothingRefused(await redis.ExecuteOnServersAsync("ACL", "LOG"), but: "config|get"); // Where there are Sentinels, the library cannot be kept from asking.
    }

    [Fact]
    public async Task They_are_enough_on_Redis_Cluster()
    {
        await cluster.ExecuteOnAllAsync([.. Documented]);
        await cluster.ExecuteOnAllAsync("ACL", "LOG", "RESET");
        try
        {
            await UseAllAsync($"{cluster.ConnectionString},{Login}", async () => await cluster.MoveSlotAsync("news", await cluster.FindOtherAsync("news")));
            AssertNothingRefused(await cluster.ExecuteOnAllAsync("ACL", "LOG"));
        }
        finally
        {
            await cluster.ExecuteOnAllAsync("ACL", "DELUSER", "gateway");
            await cluster.UntilWholeAsync();
        }
    }

    /// <summary>Does all that nodes do.</summary>
    /// <param name="connection">Where Redis is.</param>
    /// <param name="disturb">Makes the node find its way anew.</param>
    private static async Task UseAllAsync(string connection, Func<Task> disturb)
    {
        await using var node = NewNode();
        await node.Broker.StartAsync();
        await node.Cluster.StartAsync(new StubNode("a"), Cancellation);
        await PublishAllAsync(node);
        await node.UsePresenceAsync("news");

        await using (var other = NewNode())
        {
            await other.Broker.StartAsync();
            await other.Cluster.StartAsync(new StubNode("b"), Cancellation);
            Assert.Equal(2, (await node.Cluster.GetNodesAsync(Cancellation)).Count);
            await node.Cluster.RevokeAsync(new Revocation("42", DateTimeOffset.UnixEpoch, null, DateTimeOffset.UnixEpoch), Cancellation);
            Assert.Empty((await other.Cluster.RevokeAsync(new Revocation(null, default, "t1", null), Cancellation)).SilentNodes);
            Assert.Empty((await other.Cluster.GetChannelsAsync(new ChannelQuery(null, null, 10), Cancellation)).SilentNodes);

            // Without the connections of our own for publishing.
            await other.Connection.Publishing.DisposeAsync();
            await PublishAllAsync(other);
        }

        await node.Broker.UnsubscribeAsync("news");
        await disturb();
        await Patience.UntilAsync(() => node.Broker.Broker.WhyNotReady is null && node.Connection.Publishing.IsWhole);
        await Patience.UntilAsync(async () =>
        {
            try
            {
                await PublishAllAsync(node);
                return true;
            }
            catch (BrokerUnavailableException)
            {
                return false; // For moments, while a primary follows another.
            }
        });

        RedisNode NewNode() => new(connection, configure: options => options.CommandTimeout = TimeSpan.FromSeconds(5));
    }

    private static async Task PublishAllAsync(RedisNode node)
    {
        var limits = new HistoryLimits(10, TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        var broker = node.Broker.Broker;
        await node.Broker.SubscribeAsync("news");
        var before = node.Broker.Inbox.CountOf("news");
        var key = new IdempotencyKey($"{Guid.NewGuid()}", new byte[16], TimeSpan.FromMinutes(5));
        await broker.PublishAsync("news", new Publication("1"u8.ToArray()), new PublishOptions(limits, key, Version: 1), Cancellation);
        await broker.PublishAsync("news", new Publication("2"u8.ToArray()), PublishOptions.Default, Cancellation);
        await Patience.UntilAsync(() => node.Broker.Inbox.CountOf("news") > before);
        var page = await broker.ReadHistoryAsync("news", new HistoryQuery(10), limits, Cancellation);
        await broker.GetPositionsAsync(["news"], Cancellation);
        await broker.RenewEpochAsync("news", page.Top.Epoch, Cancellation);
        await broker.RemoveHistoryAsync("news", Cancellation);
    }

    // Of each entry what was refused to whom, and not that the client was an older connection.
    private static void AssertNothingRefused(RedisResult[] logs, string? but = null)
    {
        var refused = logs.SelectMany(log => (RedisResult[])log!).Select(entry => string.Join(' ', ((RedisResult[])entry!).Take(10).Select(part => part.ToString())));
        Assert.All(refused, entry => Assert.Contains($"object {but ?? "nothing"} ", entry, StringComparison.Ordinal));
    }
}
