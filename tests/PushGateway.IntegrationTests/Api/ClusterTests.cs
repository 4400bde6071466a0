using System.Net;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Api;

/// <summary><c>GET /v1/channels</c> and <c>GET /v1/nodes</c>.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly GatewayNode _node = GatewayNode.Start(("PushGateway:Api:MaxPageSize", "4"));
    private Subscriber _first = null!, _second = null!;

    public async ValueTask InitializeAsync()
    {
        _first = await Subscriber.ConnectAsync(new Uri($"{_node.WebSocket}?user=42"), "news:a", "news:b", "orders:1", "Zebra");
        _second = await Subscriber.ConnectAsync(_node.WebSocket, "news:a", "orders:22");
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Theory]
    [InlineData("news:*", "news:a=2 news:b=1")]
    [InlineData("orders:?", "orders:1=1")]
    [InlineData("orders:*2", "orders:22=1")]
    [InlineData("*:??", "orders:22=1")]
    [InlineData("Zebra", "Zebra=1")]
    [InlineData("zebra", "")]
    [InlineData("news", "")]
    [InlineData("%23*", "#42=1")]
    [InlineData("n%5C*", "")]
    [InlineData("[n]*", "")]
    [InlineData("*#*", "#42=1 Zebra=1 news:a=2 news:b=1 …news:b")] // What is behind # never leaves the client.
    [InlineData("", "#42=1 Zebra=1 news:a=2 news:b=1 …news:b")]
    [InlineData("*", "#42=1 Zebra=1 news:a=2 news:b=1 …news:b")]
    [InlineData("***************************************x", "")]
    public async Task A_pattern_chooses_names(string pattern, string expected) => Assert.Equal(expected, await ListAsync($"pattern={pattern}"));

    [Theory]
    [InlineData("", "#42=1 Zebra=1 news:a=2 news:b=1 …news:b")]
    [InlineData("after=news:b", "orders:1=1 orders:22=1")]
    [InlineData("after=news:aa", "news:b=1 orders:1=1 orders:22=1")]
    [InlineData("after=zzz", "")]
    [InlineData("limit=1", "#42=1 …#42")]
    [InlineData("limit=1&after=%2342", "Zebra=1 …Zebra")]
    [InlineData("limit=1&after=orders:1", "orders:22=1")]
    [InlineData("limit=2&after=news:b", "orders:1=1 orders:22=1")]
    [InlineData("limit=1&pattern=news:*", "news:a=2 …news:a")]
    [InlineData("limit=1&pattern=news:*&after=news:a", "news:b=1")]
    public async Task Pages_follow_one_another(string query, string expected) => Assert.Equal(expected, await ListAsync(query));

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=5", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=1.5", "limit")]
    [InlineData("limit=1e1", "limit")]
    [InlineData("limit=99999999999", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    public async Task A_bad_limit_is_refused(string query, string field)
    {
        var problem = await (await _node.Http.FetchAsync($"/v1/channels?{query}")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
        Assert.Equal("limit must be a number from 1 to 4.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("pattern")]
    [InlineData("after")]
    public async Task A_pattern_or_a_name_can_be_too_long(string field)
    {
        await (await _node.Http.FetchAsync($"/v1/channels?{field}={new string('x', 255)}")).ReadAsync();
        var problem = await (await _node.Http.FetchAsync($"/v1/channels?{field}={new string('x', 256)}")).ReadProblemAsync(HttpStatusCode.BadRequest, "invalid-request");
        Assert.Equal(field, problem.Field());
    }

    [Fact]
    public async Task A_channel_without_subscribers_is_not_listed()
    {
        await _first.CommandAsync("unsubscribe", new { channel = "news:b" });
        await _second.CommandAsync("unsubscribe", new { channel = "news:a" });
        Assert.Equal("news:a=1", await ListAsync("pattern=news:*"));
    }

    [Fact]
    public async Task A_node_says_what_it_is_and_holds()
    {
        var answer = await (await _node.Http.FetchAsync("/v1/nodes")).ReadAsync();
        var node = Assert.Single(answer.GetProperty("nodes").EnumerateArray());
        Assert.Equal(["id", "address", "version", "uptimeSeconds", "connections", "channels"], node.EnumerateObject().Select(field => field.Name));
        Assert.Equal(_first.Connected.GetProperty("node").GetString(), node.GetProperty("id").GetString());
        Assert.Equal(_node.Address.ToString().TrimEnd('/'), node.GetProperty("address").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", node.GetProperty("version").GetString());
        Assert.InRange(node.GetProperty("uptimeSeconds").GetInt64(), 0, 600);
        Assert.Equal(2, node.GetProperty("connections").GetInt32());
        Assert.Equal(6, node.GetProperty("channels").GetInt32());
    }

    [Fact]
    public async Task The_address_of_a_node_is_a_setting()
    {
        await using var node = GatewayNode.Start(("PushGateway:Address", "https://push-0.example.com"));
        var answer = await (await node.Http.FetchAsync("/v1/nodes")).ReadAsync();
        Assert.Equal("https://push-0.example.com", answer.GetProperty("nodes")[0].GetProperty("address").GetString());
    }

    /// <summary>A page in short: each channel with its number, and the next page behind <c>…</c>.</summary>
    private async Task<string> ListAsync(string query)
    {
        var answer = await (await _node.Http.FetchAsync($"/v1/channels?{query}")).ReadAsync();
        var parts = answer.GetProperty("channels").EnumerateArray().Select(entry => $"{entry.GetProperty("channel")}={entry.GetProperty("subscribers")}");
        if (answer.TryGetProperty("next", out var next))
            parts = parts.Append($"…{next.GetString()}");
        Assert.False(answer.TryGetProperty("silentNodes", out _));
        return string.Join(' ', parts);
    }
}
