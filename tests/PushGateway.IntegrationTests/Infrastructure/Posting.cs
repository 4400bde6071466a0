using System.Net;
using System.Text;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Infrastructure;

/// <summary>What tests ask of a node's HTTP API.</summary>
internal static class Posting
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Posts a notification with raw JSON as its data.</summary>
    public static Task PostAsync(this GatewayNode node, string channel, string data) =>
        PostBodyAsync(node, $$"""{"channel":"{{channel}}","data":{{data}}}""");

    /// <summary>Posts a request body as it is.</summary>
    public static async Task PostBodyAsync(this GatewayNode node, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await node.Http.PostAsync("/v1/notifications", content, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>How many sessions the node says are open.</summary>
    public static async Task<int> CountConnectionsAsync(this GatewayNode node)
    {
        var answer = JsonElement.Parse(await node.Http.GetStringAsync("/v1/nodes", Cancellation));
        return answer.GetProperty("nodes")[0].GetProperty("connections").GetInt32();
    }

    /// <summary>The channels with subscribers, as <c>name=count</c>.</summary>
    public static async Task<string> ListChannelsAsync(this GatewayNode node)
    {
        var answer = JsonElement.Parse(await node.Http.GetStringAsync("/v1/channels", Cancellation));
        return string.Join(' ', answer.GetProperty("channels").EnumerateArray()
            .Select(entry => $"{entry.GetProperty("channel").GetString()}={entry.GetProperty("subscribers").GetInt32()}"));
    }
}
