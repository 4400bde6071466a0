using System.Reflection;
using System.Text.RegularExpressions;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Faults;

/// <summary>Holds <c>docs/guarantees.md</c> to the tests: what it says is shown by a test that is there, and no scenario is left out.</summary>
public sealed partial class GuaranteesDocumentTests
{
    private static readonly string[] Named = [.. Test().Matches(Repository.Read("docs/guarantees.md")).Select(test => test.Groups[1].Value)];

    [Fact]
    public void Every_scenario_is_there()
    {
        var scenarios = from type in typeof(Scenario).Assembly.GetTypes()
                        where type.Namespace == typeof(Scenario).Namespace && type.GetConstructors().Any(IsOfScenarios)
                        from method in type.GetMethods()
                        where method.IsDefined(typeof(FactAttribute), inherit: false)
                        select $"{type.Name}.{method.Name}";
        Assert.Superset(scenarios.ToHashSet(), Named.ToHashSet());
    }

    [Fact]
    public void Every_test_that_is_named_is_there() => Assert.All(Named, name =>
    {
        var (type, method) = (name.Split('.')[0], name.Split('.')[1]);
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), $"{type}.cs", SearchOption.AllDirectories);
        Assert.Contains(sources, source => File.ReadAllText(source).Contains($" {method}(", StringComparison.Ordinal));
    });

    // They all print their account.
    private static bool IsOfScenarios(ConstructorInfo constructor) => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(ITestOutputHelper));

    [GeneratedRegex(@"`(?:\w+/)?(\w+Tests\.\w+)`")]
    private static partial Regex Test();
}
