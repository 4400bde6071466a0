using System.Xml.Linq;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Packaging;

/// <summary>What <c>dotnet pack</c> makes, and whether an application can be built with it.</summary>
[Collection(nameof(Packages))]
public sealed class PackageTests(Packages packages)
{
    [Theory]
    [InlineData(Packages.Gateway)]
    [InlineData(Packages.Redis)]
    public void A_package_holds_the_library_its_documentation_and_a_readme_and_nothing_else(string package)
    {
        Assert.Equal(
            [$"lib/net10.0/{package}.dll", $"lib/net10.0/{package}.xml", "push-gateway.cdx.json", $"{package}.nuspec", "README.md"],
            packages.FilesOf(package).Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal([$"lib/net10.0/{package}.pdb", $"{package}.nuspec"], packages.FilesOf(package, "snupkg").Order(StringComparer.OrdinalIgnoreCase));
        Assert.Contains("<summary>", packages.Read(package, $"lib/net10.0/{package}.xml"), StringComparison.Ordinal);
        Assert.Equal(Repository.Read($"src/{package}/README.md"), packages.Read(package, "README.md"));
    }

    [Theory]
    [InlineData(Packages.Gateway, "Microsoft.Bcl.Cryptography", "Microsoft.IdentityModel.JsonWebTokens", "Polly.Core")]
    [InlineData(Packages.Redis, "PushGateway", "StackExchange.Redis")]
    public void A_package_says_what_it_is_and_what_it_needs(string package, params string[] dependencies)
    {
        var about = packages.Describe(package);
        string Said(string name) => about.Element(about.Name.Namespace + name)?.Value ?? "";
        Assert.Equal((package, LocalNode.Version, "MIT", "README.md"), (Said("id"), Said("version"), Said("license"), Said("readme")));
        Assert.All((string[])["authors", "description", "tags", "copyright"], name => Assert.NotEmpty(Said(name)));
        Assert.Matches("^[0-9a-f]{40}$", about.Element(about.Name.Namespace + "repository")!.Attribute("commit")!.Value);
        Assert.Equal(dependencies, DependenciesOf(about).Select(needed => needed.Attribute("id")!.Value).Order(StringComparer.Ordinal));
        Assert.Equal(package == Packages.Gateway ? ["Microsoft.AspNetCore.App"] : [], about.Descendants(about.Name.Namespace + "frameworkReference").Select(needed => needed.Attribute("name")!.Value));
    }

    [Fact]
    public void The_two_have_one_version() => Assert.Equal(
        LocalNode.Version, DependenciesOf(packages.Describe(Packages.Redis)).Single(needed => needed.Attribute("id")!.Value == Packages.Gateway).Attribute("version")!.Value);

    [Fact]
    public async Task The_first_examples_of_the_readmes_build_with_the_packages_alone()
    {
        var redis = ExampleOf(Packages.Redis).Trim();
        var program = ExampleOf(Packages.Gateway).Replace("builder.Services.AddPushGateway();", redis, StringComparison.Ordinal);
        Assert.Contains("AddRedis", program, StringComparison.Ordinal);

        var folder = Directory.CreateTempSubdirectory("pushgateway-consumer-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "Consumer.csproj"),
                $"""
                <Project Sdk="Microsoft.NET.Sdk.Web">
                  <PropertyGroup>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                    <Nullable>enable</Nullable>
                    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                    <RestoreSources>{packages.Folder}</RestoreSources>
                    <!-- The packages under test are not to stay in the cache of this machine, where they would be found in place of later ones. -->
                    <RestorePackagesPath>{folder}/packages</RestorePackagesPath>
                    <RestoreFallbackFolders>$(NuGetPackageRoot);{Cache}</RestoreFallbackFolders>
                    <NuGetAudit>false</NuGetAudit>
                    <UseSharedCompilation>false</UseSharedCompilation>
                  </PropertyGroup>
                  <ItemGroup>
                    <PackageReference Include="PushGateway.Redis" Version="[{LocalNode.Version}]" />
                  </ItemGroup>
                </Project>
                """,
                TestContext.Current.CancellationToken);
            await DotNetCommand.RunAsync(folder, "build", "-v", "quiet", "-o", $"{folder}/out");
            Assert.True(File.Exists($"{folder}/out/PushGateway.Redis.dll"));
            Assert.True(File.Exists($"{folder}/out/PushGateway.dll"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // What the packages need was restored for the tests.
    private static string Cache =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static IEnumerable<XElement> DependenciesOf(XElement about) => about.Descendants(about.Name.Namespace + "dependency");

    private string ExampleOf(string package) => packages.Read(package, "README.md").Split("```csharp\n")[1].Split("```")[0];
}
