using System.IO.Compression;
using System.Xml.Linq;
using PushGateway.Cluster;
using PushGateway.IntegrationTests.Infrastructure;

namespace PushGateway.IntegrationTests.Packaging;

/// <summary>The packages, made once of what was built for the tests.</summary>
[CollectionDefinition(nameof(Packages))]
public sealed class Packages : IAsyncLifetime, ICollectionFixture<Packages>
{
    public const string Gateway = "PushGateway", Redis = "PushGateway.Redis";

    /// <summary>Where they are.</summary>
    public string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "packages");

    public async ValueTask InitializeAsync()
    {
        foreach (var project in (string[])[Gateway, Redis])
            await DotNetCommand.RunAsync(Repository.Root, "pack", $"src/{project}", "-c", DotNetCommand.Configuration, "--no-build", "-v", "quiet", "-o", Folder);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The names of the files in a package that are not the archive's own.</summary>
    public IEnumerable<string> FilesOf(string package, string extension = "nupkg")
    {
        using var archive = Open(package, extension);
        return [.. archive.Entries.Select(file => file.FullName).Where(name => name != "[Content_Types].xml" && !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal))];
    }

    public string Read(string package, string file)
    {
        using var archive = Open(package, "nupkg");
        using var reader = new StreamReader(archive.GetEntry(file)!.Open());
        return reader.ReadToEnd();
    }

    /// <summary>What the package says of itself.</summary>
    public XElement Describe(string package)
    {
        var root = XDocument.Parse(Read(package, $"{package}.nuspec")).Root!;
        return root.Element(root.Name.Namespace + "metadata")!;
    }

    private ZipArchive Open(string package, string extension) => ZipFile.OpenRead(Path.Combine(Folder, $"{package}.{LocalNode.Version}.{extension}"));
}
