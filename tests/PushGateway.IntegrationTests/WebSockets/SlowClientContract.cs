using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.WebSockets;

/// <summary>What becomes of a client that is behind, in channels that tell of states.</summary>
public abstract class SlowClientContract((string Key, string Value) way)
{
    private const int Keys = 4;

    // Far more than the socket's buffers and the outbox hold together.
    private const int Rounds = 3000;

    [Fact]
    public async Task Where_only_the_latest_is_kept_a_client_that_is_behind_stays_and_ends_with_the_newest_of_each_key()
    {
        await using var node = GatewayNode.Start(
            way,
            ("PushGateway:Namespaces:price:KeepLatest", "true"),
            ("PushGateway:Connections:OutboxBytes", "65536"),
            ("PushGateway:Api:MaxDataBytes", "16384"));
        await using var slow = await RawClient.OpenAsync(node, receiveBufferBytes: 8192);
        await slow.ConnectAsync();
        await slow.SubscribeAsync("price:all");

        var filling = new string('x', 8000);
        for (var round = 1; round <= Rounds; round++)
            await node.PostBodyAsync($$"""{"channel":"price:all","collapseKey":"k{{round % Keys}}","data":[{{round % Keys}},{{round}},"{{filling}}"]}""");

        var seen = new Dictionary<int, int>();
        var count = 0;
        while (seen.Count < Keys || seen.Values.Min() <= Rounds - Keys)
        {
            var data = JsonElement.Parse(await slow.ReadAsync()).GetProperty("push").GetProperty("pub").GetProperty("data");
            var (key, round) = (data[0].GetInt32(), data[1].GetInt32());
            Assert.True(round > seen.GetValueOrDefault(key), $"Key {key}: {round} came behind {seen.GetValueOrDefault(key)}.");
            seen[key] = round;
            count++;
        }

        Assert.True(count < Rounds, "The client was never behind, so that nothing was tested.");
    }

    [Fact]
    public async Task What_expires_while_it_waits_for_a_client_that_is_behind_does_not_reach_it()
    {
        await using var node = GatewayNode.Start(way, ("PushGateway:Connections:OutboxBytes", "67108864"));
        await using var slow = await RawClient.OpenAsync(node, receiveBufferBytes: 8192);
        await slow.ConnectAsync();
        await slow.SubscribeAsync("news:a");

        // What the network takes is out of our hands; what is behind waits here.
        var filling = new string('x', 60_000);
        var posted = 0;
        for (; posted < 300; posted++)
            await node.PostBodyAsync($$"""{"channel":"news:a","expiresIn":1,"data":[{{posted}},"{{filling}}"]}""");
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        await node.PostBodyAsync("""{"channel":"news:a","data":["last"]}""");

        var read = 0;
        while (!(await slow.ReadAsync()).Contains("\"last\"", StringComparison.Ordinal))
            read++;
        Assert.True(read < posted, "All of them came, however late.");
        await slow.ExchangeAsync("""{"id":9,"ping":{}}""", """{"id":9,"ping":{}}""");
    }
}
