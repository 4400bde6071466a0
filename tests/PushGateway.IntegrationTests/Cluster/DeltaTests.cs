using System.Text.Json;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Cluster;

/// <summary>Publications as differences, put together again by the official client.</summary>
public sealed class DeltaTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_official_client_sees_every_state_and_gets_a_fraction_of_the_bytes()
    {
        await using var node = GatewayNode.Start(("PushGateway:Namespaces:state:Delta", "true"), ("PushGateway:Namespaces:state:HistorySize", "10"));
        await using var client = OfficialClient.StartWithDelta(node.WebSocket.ToString(), "state:market");
        await client.SubscribedAsync(1, Cancellation);

        var random = new Random(3);
        var prices = Enumerable.Range(0, 100).Select(_ => random.Next(10_000)).ToArray();
        var lengths = new List<int>();
        for (var i = 0; i < 50; i++)
        {
            prices[random.Next(prices.Length)] = random.Next(10_000);
            var state = JsonSerializer.Serialize(new { name = "žluťoučký 😀 trh", prices, turn = i });
            await node.PostAsync("state:market", state);
            var length = (await client.NextAsync("frame", Cancellation)).GetProperty("length").GetInt32();
            lengths.Add(length);
            var seen = await client.NextAsync("publication", Cancellation);
            Assert.Equal(JsonSerializer.Serialize(JsonElement.Parse(state)), JsonSerializer.Serialize(seen.GetProperty("data")));
        }

        Assert.True(lengths[0] > 500);
        Assert.All(lengths.Skip(1), length => Assert.InRange(length, 1, lengths[0] / 2));
    }
}
