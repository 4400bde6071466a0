using System.Threading.Channels;
using PushGateway.IntegrationTests.Infrastructure;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Redis;

/// <summary>An operator's connection to the Redis under test.</summary>
internal sealed class RedisServerControl : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _redis;

    private RedisServerControl(ConnectionMultiplexer redis) => _redis = redis;

    public IDatabase Database => _redis.GetDatabase();

    private IServer Server => _redis.GetServers()[0];

    public static async Task<RedisServerControl> ConnectAsync(RedisServer server) =>
        new(await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true,name=operator"));

    /// <summary>Cuts the receiving connections of all gateway nodes; returns how many there were.</summary>
    public async Task<int> KillSubscribersAsync()
    {
        var killed = 0;
        foreach (var client in await Server.ClientListAsync())
            if (client.Name == "pushgateway-subscriber" && client.SubscriptionCount > 0)
                killed += (int)await Server.ClientKillAsync(id: client.Id);
        return killed;
    }

    /// <summary>Cuts the connections of a name; returns whether there were any.</summary>
    public async Task<bool> KillAsync(string name)
    {
        long killed = 0;
        foreach (var client in await Server.ClientListAsync())
            if (client.Name == name)
                killed += await Server.ClientKillAsync(id: client.Id);
        return killed > 0;
    }

    /// <summary>Cuts the connections of StackExchange.Redis, which have no name of ours, but not this one; returns whether there were any.</summary>
    public async Task<bool> KillLibraryAsync()
    {
        long killed = 0;
        foreach (var client in await Server.ClientListAsync())
            if (client.Name is not "operator" && client.Name?.StartsWith("pushgateway-", StringComparison.Ordinal) != true)
                killed += await Server.ClientKillAsync(id: client.Id);
        return killed > 0;
    }

    /// <summary>The latest command of each connection of a name.</summary>
    public async Task<string[]> LatestCommandsAsync(string name) =>
        [.. (await Server.ClientListAsync()).Where(client => client.Name == name).Select(client => client.LastCommand ?? "")];

    public async Task<long> CountSubscribersAsync(string redisChannel) =>
        await Server.SubscriptionSubscriberCountAsync(RedisChannel.Literal(redisChannel));

    /// <summary>Hears what is published to a Redis channel from now on.</summary>
    public async Task<ChannelReader<string>> ListenAsync(string redisChannel)
    {
        var heard = Channel.CreateUnbounded<string>();
        await _redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(redisChannel), (_, message) => heard.Writer.TryWrite(message.ToString()));
        return heard.Reader;
    }

    public Task PublishAsync(string redisChannel, byte[] message) => Database.PublishAsync(RedisChannel.Literal(redisChannel), message);

    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
