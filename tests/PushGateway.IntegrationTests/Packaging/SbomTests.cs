using System.Text.Json;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Packaging;

/// <summary>The bill of materials names what there is. That it is in the image, <c>docker/check.sh</c> looks at.</summary>
[Collection(nameof(Packages))]
public sealed class SbomTests(Packages packages)
{
    [Fact]
    public async Task The_servers_names_every_package_that_it_is_run_with()
    {
        var file = Path.Combine(Path.GetTempPath(), $"pushgateway-{Guid.NewGuid():N}.cdx.json");
        try
        {
            await DotNetCommand.RunAsync(
                Repository.Root, "msbuild", "src/PushGateway.Server", "-t:WriteSbom", $"-p:Configuration={DotNetCommand.Configuration}", $"-p:SbomFile={file}", "-nologo", "-v:quiet");
            var sbom = JsonElement.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

            // What the compiler wrote for the runtime to find: the same from another source.
            var built = Path.Combine(Repository.Root, "src", "PushGateway.Server", "bin", DotNetCommand.Configuration, "net10.0", "PushGateway.Server.deps.json");
            var libraries = JsonElement.Parse(await File.ReadAllTextAsync(built, TestContext.Current.CancellationToken)).GetProperty("libraries");
            Assert.Equal(
                libraries.EnumerateObject().Select(library => library.Name.Replace('/', '@')).Where(name => !name.StartsWith("PushGateway.Server@", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
                NamesIn(sbom).Order(StringComparer.Ordinal));
            Assert.Equal("application", sbom.GetProperty("metadata").GetProperty("component").GetProperty("type").GetString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_packages_names_what_its_application_gets_with_it()
    {
        var redis = JsonElement.Parse(packages.Read(Packages.Redis, "push-gateway.cdx.json"));
        Assert.Equal(("CycloneDX", "1.6"), (redis.GetProperty("bomFormat").GetString(), redis.GetProperty("specVersion").GetString()));
        Assert.Equal((Packages.Redis, LocalNode.Version), (redis.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString(), redis.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString()));

        var names = NamesIn(redis).ToArray();
        Assert.Contains($"{Packages.Gateway}@{LocalNode.Version}", names);
        Assert.Contains(names, name => name.StartsWith("StackExchange.Redis@", StringComparison.Ordinal));
        Assert.Subset(names.ToHashSet(), NamesIn(JsonElement.Parse(packages.Read(Packages.Gateway, "push-gateway.cdx.json"))).ToHashSet());
        Assert.All(redis.GetProperty("components").EnumerateArray(), part => Assert.StartsWith("pkg:nuget/", part.GetProperty("purl").GetString(), StringComparison.Ordinal));
    }

    private static IEnumerable<string> NamesIn(JsonElement sbom) =>
        sbom.GetProperty("components").EnumerateArray().Select(part => $"{part.GetProperty("name").GetString()}@{part.GetProperty("version").GetString()}");
}
