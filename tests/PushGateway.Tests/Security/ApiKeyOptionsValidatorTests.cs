using PushGateway.Security;

namespace PushGateway.Tests.Security;

public class ApiKeyOptionsValidatorTests
{
    private const string Secret = "5ImQ_QJfHwgV-secret-secret-secret-secret-sec";

    private static readonly string Hash = "sha256:" + new string('a', 64);

    private const string Key = "a-key-of-sixteen";

    [Fact]
    public void The_defaults_are_fine_with_a_key_and_in_Development_without()
    {
        Assert.Empty(Validate(options => options.Security.ApiKeys.Add(Key)));
        Assert.Empty(Validate(options => options.Security.Keys["shop"] = Good()));
        Assert.Empty(Validate(_ => { }, "Development"));
    }

    [Fact]
    public void In_Production_without_a_key_it_is_said_what_to_set()
    {
        foreach (var environment in new[] { "Production", "Staging" })
            Assert.Contains("PushGateway__Security__ApiKeys__0", Assert.Single(Validate(_ => { }, environment)), StringComparison.Ordinal);
        Assert.Empty(Validate(options => options.Api.Enabled = false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("fifteen-letters")]
    [InlineData(null)]
    [InlineData("a key with spaces in it")]
    [InlineData("ключ-из-шестнадцати")]
    public void A_key_that_cannot_be_one_is_named_by_its_place(string? key)
    {
        var failures = Validate(options =>
        {
            options.Security.ApiKeys.Add(Key);
            options.Security.ApiKeys.Add(key!);
        });
        Assert.Equal(["PushGateway:Security:ApiKeys:1: a key has 16 characters or more, ASCII without spaces and line breaks."], failures);
    }

    public static TheoryData<string, Action<ApiKeyOptions>> Unusable { get; } = new()
    {
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = null },
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = "" },
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = Secret },
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = new string('a', 64) },
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = "sha256:" + new string('a', 63) },
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = "sha256:" + new string('g', 64) },
        { "PushGateway:Security:Keys:shop:Hash must be sha256: and 64 hexadecimal digits", key => key.Hash = Hash + "\n" },
        { "PushGateway:Security:Keys:shop:Hash looks like a key, and not like the hash of one.", key => key.Hash = $"pgk_shop_{Secret}" },
        { "PushGateway:Security:Keys:shop:Scopes: set at least one of publish, read and admin.", key => key.Scopes.Clear() },
        { "PushGateway:Security:Keys:shop:Scopes:1 must be publish, read or admin.", key => key.Scopes.Add(Secret) },
        { "PushGateway:Security:Keys:shop:Scopes:1 must be publish, read or admin.", key => key.Scopes.Add("all") },
        { "PushGateway:Security:Keys:shop:Scopes:1 must be publish, read or admin.", key => key.Scopes.Add("7") },
        { "PushGateway:Security:Keys:shop:Namespaces:0 must be the name of a namespace", key => key.Namespaces.Add("") },
        { "PushGateway:Security:Keys:shop:Namespaces:0 must be the name of a namespace", key => key.Namespaces.Add("chat:") },
        { "PushGateway:Security:Keys:shop:Namespaces:0 must be the name of a namespace", key => key.Namespaces.Add("#users") },
        { "PushGateway:Security:Keys:shop:Namespaces: there may be 100.", key => Repeat(101, () => key.Namespaces.Add("chat")) },
        { "PushGateway:Security:Keys:shop:PublishesPerSecond must be from 0 to 1000000.", key => key.PublishesPerSecond = -1 },
    };

    [Theory]
    [MemberData(nameof(Unusable), DisableDiscoveryEnumeration = true)]
    public void What_is_wrong_with_a_key_is_named_and_nothing_of_it_is_shown(string expected, Action<ApiKeyOptions> set)
    {
        var key = Good();
        set(key);
        var failure = Assert.Single(Validate(options => options.Security.Keys["shop"] = key));
        Assert.StartsWith(expected, failure, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("under_score")]
    [InlineData("ключ")]
    [InlineData("pgk_shop_5ImQ_QJfHwgV-secret-secret-secret-secret-sec")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void An_id_that_is_none_is_not_shown_since_it_may_be_a_key(string id)
    {
        var failure = Assert.Single(Validate(options => options.Security.Keys[id] = Good()));
        Assert.Equal($"PushGateway:Security:Keys: an id has 1 to 64 ASCII letters, digits, - and . only, and one of {id.Length} characters is none.", failure);
    }

    [Fact]
    public void Scopes_and_digits_may_be_written_large_and_small() => Assert.Empty(Validate(options =>
    {
        options.Security.Keys["Shop-1.eu"] = new ApiKeyOptions { Hash = Hash.ToUpperInvariant().Replace("SHA256", "sha256", StringComparison.Ordinal), Scopes = { "Publish", "READ" }, Namespaces = { "chat-*", "*", "#user", "#none" } };
    }));

    [Theory]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("https://*.example.com")]
    [InlineData("https://example.com/")]
    [InlineData("https://example.com/page")]
    [InlineData("https://EXAMPLE.com")]
    [InlineData("https://example.com:443")]
    [InlineData("https://user@example.com")]
    [InlineData("example.com")]
    [InlineData("file:///a")]
    [InlineData("")]
    public void An_origin_that_no_browser_sends_is_named_by_its_place(string origin)
    {
        var failure = Assert.Single(Validate(options =>
        {
            options.Api.AllowedOrigins.Add("http://localhost:3000");
            options.Api.AllowedOrigins.Add(origin);
        }, "Development"));
        Assert.StartsWith("PushGateway:Api:AllowedOrigins:1 must be an exact origin", failure, StringComparison.Ordinal);
    }

    private static ApiKeyOptions Good() => new() { Hash = Hash, Scopes = { "publish" } };

    private static void Repeat(int times, Action action)
    {
        for (; times > 0; times--)
            action();
    }

    private static IEnumerable<string> Validate(Action<PushGatewayOptions> set, string environment = "Production")
    {
        var options = new PushGatewayOptions();
        set(options);
        return new ApiKeyOptionsValidator(new TestEnvironment(environment)).Validate(null, options).Failures ?? [];
    }
}
