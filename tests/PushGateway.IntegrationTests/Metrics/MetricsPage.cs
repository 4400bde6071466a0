using System.Globalization;
using System.Text.RegularExpressions;

namespace PushGateway.IntegrationTests.Metrics;

/// <summary>What a node shows at <c>/metrics</c>, in Prometheus' text format.</summary>
internal sealed partial class MetricsPage
{
    private readonly List<(string Name, string Labels, double Value)> _samples = [];

    private MetricsPage(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TypeLine().Match(line) is { Success: true } type)
                Types[type.Groups["name"].Value] = type.Groups["type"].Value;
            else if (SampleLine().Match(line) is { Success: true } sample)
                _samples.Add((sample.Groups["name"].Value, sample.Groups["labels"].Value, double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture)));
            else
                Assert.StartsWith("#", line, StringComparison.Ordinal);
        }
    }

    /// <summary>The type of each metric.</summary>
    public Dictionary<string, string> Types { get; } = [];

    /// <summary>Asks a node.</summary>
    public static async Task<MetricsPage> ReadAsync(HttpClient http, string address = "/metrics") => new(await http.GetStringAsync(address, TestContext.Current.CancellationToken));

    /// <summary>The sum of all samples of a metric that have these labels, such as <c>code="3001"</c>.</summary>
    public double Sum(string name, params string[] labels) =>
        _samples.Where(sample => sample.Name == name && labels.All(label => sample.Labels.Contains(label, StringComparison.Ordinal))).Sum(sample => sample.Value);

    /// <summary>The names of the labels that samples of a metric have.</summary>
    public IEnumerable<string> LabelsOf(string name) => _samples
        .Where(sample => sample.Name == name || sample.Name == $"{name}_count")
        .SelectMany(sample => LabelName().Matches(sample.Labels).Select(match => match.Groups["name"].Value))
        .Distinct();

    [GeneratedRegex(@"^# TYPE (?<name>\w+) (?<type>\w+)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex(@"^(?<name>\w+)(\{(?<labels>.*)\})? (?<value>\S+)( \d+)?$")]
    private static partial Regex SampleLine();

    [GeneratedRegex("""(?<name>\w+)="(?:[^"\\]|\\.)*"(?:,|$)""")]
    private static partial Regex LabelName();
}
