using System.Net.Http.Json;
using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>The main job on real parts: two nodes, one Redis, the official client on each node, notifications posted to either.</summary>
public sealed class OfficialClientTests(RedisServer redis)
{
    private const int Channels = 100;
    private const int PerChannel = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Ten_thousand_notifications_reach_clients_on_both_nodes_exactly_and_in_order()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var one = await NodeProcess.StartAsync(redis.ConnectionString, limit.Token);
        await using var two = await NodeProcess.StartAsync(redis.ConnectionString, limit.Token);
        var channels = Enumerable.Range(0, Channels).Select(c => $"ticker-{c}-{Guid.NewGuid():N}").ToArray();
        await using var onOne = OfficialClient.Start([one.WebSocket], channels);
        await using var onTwo = OfficialClient.Start([two.WebSocket], channels);
        await onOne.SubscribedAsync(Channels, limit.Token);
        await onTwo.SubscribedAsync(Channels, limit.Token);

        var posting = Task.WhenAll(channels.Select(channel => PostAllAsync(channel, [one.Http, two.Http], limit.Token)));
        await Task.WhenAll(SeesAllInOrderAsync(onOne, channels, limit.Token), SeesAllInOrderAsync(onTwo, channels, limit.Token));
        await posting;
    }

    [Fact]
    public async Task A_client_whose_node_is_killed_goes_on_at_the_other()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await using var one = await NodeProcess.StartAsync(redis.ConnectionString, limit.Token);
        await using var two = await NodeProcess.StartAsync(redis.ConnectionString, limit.Token);
        var channel = $"news-{Guid.NewGuid():N}";
        await using var moved = OfficialClient.Start([one.WebSocket, two.WebSocket], [channel]);
        await using var stayed = OfficialClient.Start([two.WebSocket], [channel]);
        await moved.SubscribedAsync(1, limit.Token);
        await stayed.SubscribedAsync(1, limit.Token);

        await PostAsync(two.Http, channel, "before", limit.Token);
        Assert.Equal("before", Data(await moved.NextAsync(limit.Token)).GetString());
        await one.KillAsync();
        Assert.Equal("connecting", OfficialClient.Name(await moved.NextAsync(limit.Token)));
        await moved.SubscribedAsync(1, limit.Token);
        await PostAsync(two.Http, channel, "after", limit.Token);

        Assert.Equal("after", Data(await moved.NextAsync("publication", limit.Token)).GetString());
        Assert.Equal(["before", "after"], [Data(await stayed.NextAsync(limit.Token)).GetString(), Data(await stayed.NextAsync(limit.Token)).GetString()]);
    }

    // One after the other, by turns to either node: only then the channel has an order that both nodes must keep.
    private static async Task PostAllAsync(string channel, HttpClient[] nodes, CancellationToken cancellationToken)
    {
        for (var i = 0; i < PerChannel; i++)
            await PostAsync(nodes[i % nodes.Length], channel, Payload(i), cancellationToken);
    }

    private static async Task PostAsync<T>(HttpClient node, string channel, T data, CancellationToken cancellationToken)
    {
        using var answer = await node.PostAsJsonAsync("/v1/notifications", new { channel, data }, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private static object Payload(int number) =>
        new { number, text = $"é 漢字 😀 \"quoted\" \\ \u2028 </script> {new string('x', number)}", list = new object?[] { null, true, -1.5, "" } };

    private static async Task SeesAllInOrderAsync(OfficialClient client, string[] channels, CancellationToken cancellationToken)
    {
        var next = channels.ToDictionary(channel => channel, _ => 0);
        for (var i = 0; i < channels.Length * PerChannel; i++)
        {
            var seen = await client.NextAsync(cancellationToken);
            Assert.Equal("publication", OfficialClient.Name(seen));
            var channel = seen.GetProperty("channel").GetString()!;
            var expected = JsonSerializer.SerializeToElement(Payload(next[channel]++));
            Assert.True(JsonElement.DeepEquals(expected, Data(seen)), $"{channel}: expected {expected}, seen {Data(seen)}");
        }

        Assert.All(next.Values, count => Assert.Equal(PerChannel, count));
    }

    private static JsonElement Data(JsonElement seen) => seen.GetProperty("data");
}
