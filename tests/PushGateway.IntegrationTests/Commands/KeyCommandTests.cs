using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PushGateway.IntegrationTests.Commands;

public sealed class KeyCommandTests
{
    [Fact]
    public async Task A_key_comes_with_the_settings_that_let_it_in()
    {
        var made = await Run.OfAsync(["keys", "new", "--id", "back-end.1", "--scope", "publish", "--scope", "read", "--namespace", "news"]);
        Assert.Equal((0, ""), (made.Exit, made.Error));

        var key = made.Output.Split('\n').Single(line => line.StartsWith("pgk_", StringComparison.Ordinal)).Trim();
        Assert.Matches("^pgk_back-end\\.1_[A-Za-z0-9_-]{43}$", key);
        var hash = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";

        using var json = JsonDocument.Parse(made.Output[made.Output.IndexOf('{', StringComparison.Ordinal)..(made.Output.LastIndexOf('}') + 1)]);
        var settings = json.RootElement.GetProperty("PushGateway").GetProperty("Security").GetProperty("Keys").GetProperty("back-end.1");
        Assert.Equal(hash, settings.GetProperty("Hash").GetString());
        Assert.Equal(["publish", "read"], settings.GetProperty("Scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.Equal(["news"], settings.GetProperty("Namespaces").EnumerateArray().Select(name => name.GetString()));

        foreach (var line in new[] { $"Hash={hash}", "Scopes__0=publish", "Scopes__1=read", "Namespaces__0=news" })
            Assert.Contains($"PushGateway__Security__Keys__back-end.1__{line}", made.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_two_keys_are_the_same()
    {
        string[] args = ["keys", "new", "--id", "one", "--scope", "admin"];
        Assert.NotEqual((await Run.OfAsync(args)).Output, (await Run.OfAsync(args)).Output);
    }

    [Theory]
    [InlineData("--id one")]
    [InlineData("--scope read")]
    [InlineData("--id one --scope everything")]
    [InlineData("--id with_underscore --scope read")]
    [InlineData("--id  --scope read")]
    [InlineData("--id ž --scope read")]
    [InlineData("--id a-name-that-is-longer-than-the-sixty-four-characters-that-are-allowed --scope read")]
    public async Task A_key_that_could_not_be_used_is_not_made(string args)
    {
        var made = await Run.OfAsync(["keys", "new", .. args.Split(' ')]);
        Assert.Equal(1, made.Exit);
        Assert.NotEmpty(made.Error);
        Assert.DoesNotContain("pgk_", made.Output, StringComparison.Ordinal);
    }
}
