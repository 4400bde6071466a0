using System.Text.RegularExpressions;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Packaging;

/// <summary>The version is said in one place, <c>Directory.Build.props</c>; what has to repeat it says the same.</summary>
public sealed partial class VersionTests
{
    private static readonly string Version = Prefix().Match(Repository.Read("Directory.Build.props")).Groups[1].Value;

    [Fact]
    public void Programs_are_built_with_it() => Assert.Equal(Version, LocalNode.Version);

    [Theory]
    [InlineData("docker/Dockerfile", @"^ARG VERSION=(\S+)$")]
    [InlineData("charts/push-gateway/Chart.yaml", @"^(?:version|appVersion): ""?([^""\s]+)""?$")]
    [InlineData("docs/api.md", @"""version"":""(\d[^""]*)""")]
    [InlineData("docs/protocol.md", @"""version"":""PushGateway ([^""]+)""")]
    [InlineData("src/PushGateway/Api/openapi.json", @"""version"": ""(\d+\.[^""]+)""")]
    public void It_is_repeated_as_it_is(string file, string pattern)
    {
        var said = Regex.Matches(Repository.Read(file), pattern, RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(said);
        Assert.All(said, version => Assert.Equal(Version, version));
    }

    [Fact]
    public void The_changelog_begins_with_it_or_with_what_is_not_released() =>
        Assert.Matches($@"^## (Unreleased|{Regex.Escape(Version)}( .*)?)$", FirstHeading().Match(Repository.Read("CHANGELOG.md")).Value);

    [GeneratedRegex("<VersionPrefix>([^<]+)</VersionPrefix>")]
    private static partial Regex Prefix();

    [GeneratedRegex("^## .*$", RegexOptions.Multiline)]
    private static partial Regex FirstHeading();
}
