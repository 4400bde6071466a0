using System.Security.Cryptography;
using PushGateway.IntegrationTests.Infrastructure;
using PushGateway.IntegrationTests.Security;

namespace PushGateway.IntegrationTests.Commands;

public sealed class TokenCommandTests : IDisposable
{
    private const string Secret = "a secret of this test with 32 bytes";

    private static readonly string[] Settings = [$"--PushGateway:Security:Tokens:HmacSecret={Secret}"];

    private readonly string _folder = Directory.CreateTempSubdirectory("pushgateway-").FullName;

    [Fact]
    public async Task What_is_made_is_found_good()
    {
        var made = await NewAsync("--user", "42", "--channels", "news,chat:room", "--info", """{"name":"Ann"}""", "--meta", "[1]", "--jti", "--expires-in", "2h");
        Assert.Equal((0, ""), (made.Exit, made.Error));
        var check = await CheckAsync(made.Output.Trim());
        Assert.Equal(0, check.Exit);
        Assert.StartsWith("Good: a connection token.", check.Output, StringComparison.Ordinal);
        foreach (var part in new[] { " 42", "alg HS256, no kid", """{"name":"Ann"}""", "[1]", "news", "chat:room", "jti" })
            Assert.Contains(part, check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_for_a_channel_is_a_subscription_token()
    {
        var made = await NewAsync("--user", "42", "--channel", "$room");
        var check = await CheckAsync(made.Output.Trim());
        Assert.Equal(0, check.Exit);
        Assert.StartsWith("Good: a subscription token.", check.Output, StringComparison.Ordinal);
        Assert.Contains("$room", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_can_come_by_standard_input()
    {
        var made = await NewAsync("--user", "42");
        var check = await Run.OfAsync(["tokens", "check", "-", .. Settings], made.Output);
        Assert.Equal(0, check.Exit);
        Assert.Contains("42", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_by_another_secret_is_refused_with_the_reason()
    {
        var made = await NewAsync("--user", "42");
        var check = await Run.OfAsync(["tokens", "check", made.Output.Trim(), "--PushGateway:Security:Tokens:HmacSecret", "another secret of this test, longer"]);
        Assert.Equal(1, check.Exit);
        Assert.Contains("signature is not by HmacSecret", check.Output, StringComparison.Ordinal);
        Assert.Contains("alg HS256, no kid", check.Output, StringComparison.Ordinal);
        Assert.Contains("3500", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_over_is_told_apart()
    {
        var made = await NewAsync("--user", "42", "--expires-in", "0");
        Assert.Equal(0, made.Exit);
        var check = await Run.OfAsync(["tokens", "check", made.Output.Trim(), .. Settings, "--PushGateway:Security:Tokens:ClockSkew=0"]);
        Assert.Equal(1, check.Exit);
        Assert.Contains("109", check.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not a token")]
    [InlineData("e30.e30.")]
    [InlineData("")]
    public async Task What_is_no_token_is_refused(string text)
    {
        var check = await CheckAsync(text);
        Assert.Equal(1, check.Exit);
        Assert.StartsWith("Refused as a connection token: ", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_key_signs_what_its_public_half_checks()
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (var (key, alg) in new (AsymmetricAlgorithm, string)[] { (rsa, "RS512"), (ecdsa, "ES384") })
        {
            var file = Path.Combine(_folder, $"{alg}.pem");
            await File.WriteAllTextAsync(file, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
            var setting = $"--PushGateway:Security:Tokens:Keys:{alg}:PublicKey={key.ExportSubjectPublicKeyInfoPem()}";
            var made = await Run.OfAsync(["tokens", "new", "--user", "42", "--private-key", file, "--kid", alg, "--alg", alg, setting]);
            Assert.Equal((0, ""), (made.Exit, made.Error));
            var check = await Run.OfAsync(["tokens", "check", made.Output.Trim(), setting]);
            Assert.Equal(0, check.Exit);
            Assert.Contains($"alg {alg}, kid '{alg}'", check.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Published_keys_are_fetched_for_the_check()
    {
        var pair = SigningPair.Rsa("one");
        await using var server = await KeyServer.StartAsync(pair.Jwk);
        var check = await Run.OfAsync(["tokens", "check", pair.Sign(DateTimeOffset.UtcNow), $"--PushGateway:Security:Tokens:JwksUri={server.Address}"]);
        Assert.Equal(0, check.Exit);
        Assert.Contains("kid 'one'", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_settings_would_refuse_is_made_with_a_warning()
    {
        var made = await NewAsync("--user", "42", "--expires-in", "never");
        Assert.Equal(0, made.Exit);
        Assert.Contains("no exp", made.Error, StringComparison.Ordinal);
        Assert.Equal(2, made.Output.Trim().Count(one => one == '.'));
    }

    [Theory]
    [InlineData("--expires-in soon")]
    [InlineData("--expires-in -1")]
    [InlineData("--expires-in 99999999999d")]
    [InlineData("--info {")]
    [InlineData("--kid unknown")]
    [InlineData("--alg none")]
    [InlineData("--alg HS512")]
    [InlineData("--alg RS256")]
    [InlineData("--private-key /nowhere/key.pem")]
    [InlineData("--unknown")]
    public async Task What_cannot_be_made_is_told_and_nothing_is_printed(string args)
    {
        var made = await NewAsync(args.Split(' '));
        Assert.Equal(1, made.Exit);
        Assert.NotEmpty(made.Error);
        Assert.DoesNotContain("eyJ", made.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, made.Output + made.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", made.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_that_cannot_work_is_named_without_its_value()
    {
        var check = await Run.OfAsync(["tokens", "check", "x", "--PushGateway:Security:Tokens:HmacSecret=too short"]);
        Assert.Equal(1, check.Exit);
        Assert.Contains("PushGateway:Security:Tokens:HmacSecret", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("too short", check.Output + check.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_knows_its_commands_and_takes_settings_from_the_environment()
    {
        (string, string)[] environment = [("PushGateway__Security__Tokens__HmacSecret", Secret), ("ASPNETCORE_ENVIRONMENT", "Production")];
        await using var making = ChildProcess.Start("dotnet", [typeof(Program).Assembly.Location, "tokens", "new", "--user", "42"], environment, _folder);
        var token = await making.NextLineAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await making.ExitAsync(TestContext.Current.CancellationToken));

        await using var checking = ChildProcess.Start("dotnet", [typeof(Program).Assembly.Location, "tokens", "check", token], environment, _folder);
        Assert.Equal("Good: a connection token.", await checking.NextLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await checking.ExitAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("tokens", "--private-key")]
    [InlineData("keys", "--namespace")]
    public async Task Help_names_every_option(string command, string option)
    {
        var help = await Run.OfAsync([command, "new", "--help"]);
        Assert.Equal(0, help.Exit);
        Assert.Contains(option, help.Output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Task<Run> NewAsync(params string[] args) => Run.OfAsync(["tokens", "new", .. args, .. Settings]);

    private static Task<Run> CheckAsync(string token) => Run.OfAsync(["tokens", "check", token, .. Settings]);
}
