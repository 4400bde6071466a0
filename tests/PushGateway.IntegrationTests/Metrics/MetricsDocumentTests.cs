using System.Text.RegularExpressions;
using PushGateway.Hosting;
using PushGateway.IntegrationTests.Api;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Metrics;

/// <summary>What <c>docs/operations.md</c> says of metrics is what a node shows: the names, the kinds and the labels.</summary>
public sealed partial class MetricsDocumentTests(RedisServer redis)
{
    [Fact]
    public async Task A_node_shows_what_is_documented_and_nothing_else()
    {
        // In a process of its own: whoever listens to a meter in a process hears all of that name.
        await using var node = await NodeProcess.StartAsync(
            redis.ConnectionString, TestContext.Current.CancellationToken, ("PushGateway:Redis:Prefix", "metrics-document"), ("PushGateway:Metrics:Enabled", "true"));
        await using (var client = await RawClient.ConnectAsync(new Uri(node.WebSocket), "news"))
        {
            await (await node.Http.PostNotificationAsync("""{"channel":"news","data":1}""")).ReadAsync();
            await client.ReadAsync();
            await client.ExchangeAsync("""{"id":77,"subscribe":{"channel":"none:such"}}""", """{"id":77,"error":{"code":102,"message":"unknown channel"}}""");
        }

        await using (var nobody = await RawWebSocket.OpenAsync(new Uri(node.WebSocket)))
            await nobody.SendTextAsync("nonsense");

        MetricsPage? page = null;
        await Eventually.EqualAsync((0, 1), async () =>
        {
            page = await MetricsPage.ReadAsync(node.Http);
            return (page.Sum("pushgateway_connections"), page.Sum("pushgateway_connects_refused_total", "code=\"3501\""));
        });
        Assert.All(Readiness.Parts, part => Assert.Equal(1, page!.Sum("pushgateway_ready", $"part=\"{part}\"")));
        var text = Repository.Read("docs/operations.md");
        var documented = Row().Matches(text).ToDictionary(row => row.Groups["name"].Value, row => (Kind: row.Groups["kind"].Value, Labels: LabelsIn(row)));
        Assert.Equal(
            documented.Select(row => $"{row.Key} {row.Value.Kind}").Order(StringComparer.Ordinal),
            page!.Types.Where(type => type.Key.StartsWith("pushgateway_", StringComparison.Ordinal)).Select(type => $"{type.Key} {type.Value}").Order(StringComparer.Ordinal));
        // Of ASP.NET Core and .NET, whose names alerts and dashboard use; they have more labels. Not those that are there only once something has failed or was asked of a back end.
        Assert.All(ForeignRow().Matches(text), row =>
        {
            var name = row.Groups["name"].Value;
            Assert.Equal(row.Groups["kind"].Value, page.Types[name]);
            Assert.Subset(page.LabelsOf(name).ToHashSet(), LabelsIn(row).ToHashSet());
        });
        Assert.All(documented, row => Assert.Equal(row.Value.Labels.Order(StringComparer.Ordinal), page.LabelsOf(row.Key).Order(StringComparer.Ordinal)));
    }

    private static string[] LabelsIn(Match row) => [.. LabelName().Matches(row.Groups["labels"].Value).Select(label => label.Groups["name"].Value)];

    [GeneratedRegex(@"^\| `(?<name>pushgateway_\w+)` \| (?<kind>\w+) \|(?<labels>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `(?<name>(?:http_server|dotnet_(?:process|gc|thread_pool))_\w+)` \| (?<kind>\w+) \|(?<labels>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex ForeignRow();

    [GeneratedRegex(@"`(?<name>\w+)`")]
    private static partial Regex LabelName();
}
