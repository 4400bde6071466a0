using System.Text.RegularExpressions;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Security;

/// <summary>Holds <c>docs/security.md</c> to the tests: each attack names some that are there.</summary>
public sealed partial class SecurityDocumentTests
{
    private static readonly string[] Attacks =
        [.. Repository.Read("docs/security.md").Split('\n').Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)];

    [Fact]
    public void Each_attack_names_tests_that_are_there()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(static source => !source.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .ToArray();
        Assert.True(Attacks.Length > 10);
        Assert.All(Attacks, attack =>
        {
            var names = Test().Matches(attack.Split('|')[^2]).Select(static name => name.Groups[1].Value).ToArray();
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.Contains(sources, source => Regex.IsMatch(source, $@"class {name}\b")));
        });
    }

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Test();
}
