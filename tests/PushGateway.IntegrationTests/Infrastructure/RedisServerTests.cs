using System.Threading.Channels;
using StackExchange.Redis;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>The fixture itself: if these fail, nothing that the other tests say about Redis means much.</summary>
public sealed class RedisServerTests(RedisServer shared, ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_shared_server_answers_a_ping_and_delivers_what_is_published()
    {
        output.WriteLine($"Redis: {shared.Provider} at {shared.ConnectionString}");
        await using var redis = await ConnectAsync(shared);

        Assert.True(await redis.GetDatabase().PingAsync() < TimeSpan.FromSeconds(5));
        await AssertDeliversAsync(redis);
    }

    [Fact]
    public async Task The_shared_server_is_not_for_stopping() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => shared.StopAsync(Cancellation));

    [Fact]
    public async Task A_private_server_comes_back_at_its_address_with_its_data()
    {
        await using var server = await RedisServer.StartPrivateAsync(Cancellation);
        var address = server.ConnectionString;
        await using (var before = await ConnectAsync(server))
            await before.GetDatabase().StringSetAsync("kept", "yes");

        await server.StopAsync(Cancellation);
        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync(server, connectTimeout: 500));

        await server.StartAsync(Cancellation);
        Assert.Equal(address, server.ConnectionString);
        await using var after = await ConnectAsync(server);
        Assert.Equal("yes", await after.GetDatabase().StringGetAsync("kept"));
        await AssertDeliversAsync(after);
    }

    [Fact]
    public async Task A_private_server_comes_back_empty_when_told_not_to_save()
    {
        await using var server = await RedisServer.StartPrivateAsync(Cancellation, "--save", "");
        await using (var before = await ConnectAsync(server))
            await before.GetDatabase().StringSetAsync("kept", "no");

        await server.StopAsync(Cancellation);
        await server.StartAsync(Cancellation);

        await using var after = await ConnectAsync(server);
        Assert.True((await after.GetDatabase().StringGetAsync("kept")).IsNull);
    }

    [Fact]
    public async Task A_paused_server_keeps_its_connections_and_answers_only_when_resumed()
    {
        await using var server = await RedisServer.StartPrivateAsync(Cancellation);
        await using var redis = await ConnectAsync(server);

        await server.PauseAsync(Cancellation);
        var answer = redis.GetDatabase().StringSetAsync("key", "value");
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(300), Cancellation));

        await server.ResumeAsync(Cancellation);
        Assert.True(await answer);
    }

    private static async Task AssertDeliversAsync(ConnectionMultiplexer redis)
    {
        var channel = RedisChannel.Literal($"test-{Guid.NewGuid():N}");
        var received = Channel.CreateUnbounded<string>();
        await redis.GetSubscriber().SubscribeAsync(channel, (_, message) => received.Writer.TryWrite(message!));

        await redis.GetSubscriber().PublishAsync(channel, "hello");

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        Assert.Equal("hello", await received.Reader.ReadAsync(limit.Token));
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(RedisServer server, int connectTimeout = 5000) =>
        await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},connectTimeout={connectTimeout},asyncTimeout=10000");
}
