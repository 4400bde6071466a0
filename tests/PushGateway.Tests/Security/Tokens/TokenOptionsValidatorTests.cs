using System.Security.Cryptography;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Security.Tokens;

public class TokenOptionsValidatorTests
{
    private const string ShortSecret = "only 31 bytes, one is missing..";

    [Fact]
    public void The_defaults_are_fine() => Assert.Empty(Failures(_ => { }));

    [Fact]
    public void Keys_of_all_kinds_are_fine() => Assert.Empty(Failures(ConnectionTokenTests.AddKeys));

    [Theory]
    [InlineData("https://id.example/keys")]
    [InlineData("http://localhost:8080/keys")]
    [InlineData("http://127.0.0.1/keys")]
    [InlineData("http://[::1]:8080/keys")]
    public void Keys_are_fetched_by_https_or_from_this_machine(string address) => Assert.Empty(Failures(tokens => tokens.JwksUri = address));

    [Theory]
    [InlineData("http://id.example/keys")]
    [InlineData("https://user:password@id.example/keys")]
    [InlineData("ftp://id.example/keys")]
    [InlineData("file:///etc/keys")]
    [InlineData("/keys")]
    [InlineData("")]
    public void Keys_are_fetched_from_nowhere_else(string address)
    {
        var failure = Assert.Single(Failures(tokens => tokens.JwksUri = address));
        Assert.StartsWith("PushGateway:Security:Tokens:JwksUri ", failure, StringComparison.Ordinal);
        Assert.DoesNotContain("password", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_is_as_long_as_its_hash_in_bytes()
    {
        Assert.Equal(31, ShortSecret.Length);
        Refused("HmacSecret", tokens => tokens.HmacSecret = ShortSecret);
        Refused("HmacSecret", tokens => tokens.HmacSecret = "");
        Refused("Keys:one:Secret", tokens => tokens.Keys["one"] = new TokenKeyOptions { Secret = ShortSecret });
        Assert.Empty(Failures(tokens => tokens.HmacSecret = "ž" + ShortSecret[..30]));
    }

    [Fact]
    public void A_key_is_either_secret_or_public()
    {
        Refused("Keys:one", tokens => tokens.Keys["one"] = new TokenKeyOptions());
        Refused("Keys:one", tokens => tokens.Keys["one"] = new TokenKeyOptions { Secret = Jwt.Secret, PublicKey = Jwt.Rsa.ExportSubjectPublicKeyInfoPem() });
    }

    [Fact]
    public void A_key_without_a_name_or_with_an_endless_one_is_refused()
    {
        Refused("Keys:", tokens => tokens.Keys[""] = new TokenKeyOptions { Secret = Jwt.Secret });
        Refused("Keys:", tokens => tokens.Keys[new string('k', 256)] = new TokenKeyOptions { Secret = Jwt.Secret });
    }

    public static TheoryData<string> Unusable { get; } =
    [
        "",
        "not PEM",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        RSA.Create(1024).ExportSubjectPublicKeyInfoPem(),
        ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1).ExportSubjectPublicKeyInfoPem(),
        // The settings of a server that only checks are no place for these.
        Jwt.Rsa.ExportPkcs8PrivateKeyPem(),
        Jwt.Rsa.ExportRSAPrivateKeyPem(),
        Jwt.P256.ExportECPrivateKeyPem(),
    ];

    [Theory]
    [MemberData(nameof(Unusable))]
    public void What_is_no_public_key_that_is_large_enough_is_refused(string pem) => Refused("Keys:one:PublicKey", tokens => tokens.Keys["one"] = new TokenKeyOptions { PublicKey = pem });

    [Fact]
    public void Times_and_sizes_have_bounds()
    {
        Refused("ClockSkew", tokens => tokens.ClockSkew = TimeSpan.FromSeconds(-1));
        Refused("ClockSkew", tokens => tokens.ClockSkew = TimeSpan.FromMinutes(6));
        Refused("MaxLifetime", tokens => tokens.MaxLifetime = TimeSpan.Zero);
        Refused("MaxLifetime", tokens => tokens.MaxLifetime = TimeSpan.FromDays(367));
        Refused("MaxBytes", tokens => tokens.MaxBytes = 255);
        Refused("MaxBytes", tokens => tokens.MaxBytes = 64 * 1024 + 1);
        Refused("JwksLifetime", tokens => tokens.JwksLifetime = TimeSpan.Zero);
        Refused("JwksRefreshInterval", tokens => tokens.JwksRefreshInterval = TimeSpan.Zero);
        Refused("JwksTimeout", tokens => tokens.JwksTimeout = TimeSpan.FromMinutes(2));
        Refused("Issuer", tokens => tokens.Issuer = "");
        Refused("Audience", tokens => tokens.Audience = "");
    }

    private static void Refused(string setting, Action<TokenOptions> configure)
    {
        var failure = Assert.Single(Failures(configure));
        Assert.StartsWith("PushGateway:Security:Tokens:" + setting, failure, StringComparison.Ordinal);
        Assert.DoesNotContain(ShortSecret, failure, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Failures(Action<TokenOptions> configure)
    {
        var options = new PushGatewayOptions();
        configure(options.Security.Tokens);
        return new TokenOptionsValidator().Validate(null, options).Failures ?? [];
    }
}
