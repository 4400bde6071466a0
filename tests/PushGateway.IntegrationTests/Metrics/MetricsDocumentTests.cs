using System.Text.RegularExpressions;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Metrics;

/// <summary>What <c>docs/operations.md</c> says of metrics is what a node shows: the names, the kinds and the labels.</summary>
public sealed partial class MetricsDocumentTests(RedisServer redis)
{
    [Fact]
    public async Task A_node_shows_what_is_documented_and_nothing_else()
    {
        await using var node = GatewayNode.Start(("PushGateway:Redis:Connection", redis.ConnectionString), ("PushGateway:Redis:Prefix", "metrics-document"));
        await using (var client = await RawClient.ConnectAsync(node, user: "7", "news"))
        {
            await node.PostAsync("news", "1");
            await client.ReadAsync();
            await client.ExchangeAsync("""{"id":77,"subscribe":{"channel":"none:such"}}""", """{"id":77,"error":{"code":102,"message":"unknown channel"}}""");
        }

        await using (var nobody = await RawClient.OpenAsync(node))
            await nobody.ExpectCloseAsync("nonsense", 3501);

        MetricsPage? page = null;
        await Eventually.EqualAsync(0, async () => (page = await MetricsPage.ReadAsync(node.Http)).Sum("pushgateway_connections"));
        var documented = Row().Matches(Repository.Read("docs/operations.md")).ToDictionary(
            row => row.Groups["name"].Value, row => (Kind: row.Groups["kind"].Value, Labels: LabelName().Matches(row.Groups["labels"].Value).Select(label => label.Groups["name"].Value).ToArray()));
        Assert.Equal(
            documented.Select(row => $"{row.Key} {row.Value.Kind}").Order(StringComparer.Ordinal),
            page!.Types.Where(type => type.Key.StartsWith("pushgateway_", StringComparison.Ordinal)).Select(type => $"{type.Key} {type.Value}").Order(StringComparer.Ordinal));
        Assert.All(documented, row => Assert.Equal(row.Value.Labels.Order(StringComparer.Ordinal), page.LabelsOf(row.Key).Order(StringComparer.Ordinal)));
    }

    [GeneratedRegex(@"^\| `(?<name>pushgateway_\w+)` \| (?<kind>\w+) \|(?<labels>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<name>\w+)`")]
    private static partial Regex LabelName();
}
