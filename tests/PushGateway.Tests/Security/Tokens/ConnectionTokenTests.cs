using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Security.Tokens;

public class ConnectionTokenTests
{
    private readonly TestTokens _tokens = new();

    [Fact]
    public void A_token_says_who_the_client_is_and_until_when()
    {
        var grant = _tokens.Connection(Jwt.Hs256("""{"sub":"42","exp":1800000060,"iat":1799999990,"nbf":1799999990,"jti":"one","info":{"name":"Ann"},"meta":{"plan":"gold"},"other":[1]}""")).Grant;
        Assert.NotNull(grant);
        Assert.Equal(("42", """{"name":"Ann"}"""), (grant.Identity.User, grant.Identity.Info));
        Assert.Equal("""{"plan":"gold"}""", grant.Meta);
        Assert.Equal(new TokenStamp(At(60), At(-10), "one"), grant.Stamp);
        Assert.Empty(grant.Channels);
    }

    [Theory]
    [InlineData("""{"sub":"","exp":1800000060}""")]
    [InlineData("""{"exp":1800000060}""")]
    public void A_token_of_nobody_is_an_anonymous_clients(string payload) => Assert.Equal("", _tokens.Connection(Jwt.Hs256(payload)).Grant?.Identity.User);

    [Fact]
    public void Channels_come_from_both_claims_and_once_each()
    {
        var grant = _tokens.Connection(Jwt.Hs256("""{"sub":"42","exp":1800000060,"channels":["news","chat:room","news"],"subs":{"chat:room":{"info":{"role": "host"},"data":1},"game:7":{}}}""")).Grant;
        Assert.Equal([("chat:room", """{"role": "host"}"""), ("game:7", null), ("news", null)], grant?.Channels);
    }

    [Fact]
    public void Info_is_put_on_one_line_and_null_is_none()
    {
        Assert.Equal("""{"a":1}""", _tokens.Connection(Jwt.Hs256("{\"exp\":1800000060,\"info\":{\r\n\"a\":1}}")).Grant?.Identity.Info);
        var none = _tokens.Connection(Jwt.Hs256("""{"exp":1800000060,"info":null}""")).Grant;
        Assert.NotNull(none);
        Assert.Null(none.Identity.Info);
    }

    [Theory]
    [InlineData("1800000000.25", 0.25)]
    [InlineData("1.80000006e9", 60)]
    public void Times_may_have_fractions_and_exponents(string exp, double seconds) =>
        Assert.Equal(At(seconds), _tokens.Connection(Jwt.Hs256($$"""{"exp":{{exp}}}""")).Grant?.Stamp.ExpiresAt);

    [Fact]
    public void A_token_may_last_for_ever_where_that_is_set()
    {
        var tokens = new TestTokens(options => options.Security.Tokens.RequireExpiration = false);
        Assert.Equal(new TokenStamp(null), tokens.Connection(Jwt.Hs256("""{"sub":"42"}""")).Grant?.Stamp);
    }

    [Theory]
    [InlineData("\"you\"")]
    [InlineData("""["me","you"]""")]
    public void Issuer_and_audience_are_those_of_the_settings(string audience)
    {
        var tokens = new TestTokens(options => (options.Security.Tokens.Issuer, options.Security.Tokens.Audience) = ("https://me.example", "you"));
        Assert.NotNull(tokens.Connection(Jwt.Hs256($$"""{"exp":1800000060,"iss":"https://me.example","aud":{{audience}}}""")).Grant);
    }

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    public void Each_algorithm_works_with_and_without_the_id_of_its_key(string alg)
    {
        var tokens = new TestTokens(options => AddKeys(options.Security.Tokens));
        const string payload = """{"sub":"42","exp":1800000060}""";
        Assert.NotNull(tokens.Connection(Jwt.Signed($$"""{"alg":"{{alg}}"}""", payload, Jwt.By(alg))).Grant);
        Assert.NotNull(tokens.Connection(Jwt.Signed($$"""{"alg":"{{alg}}","kid":"{{(alg[0] is 'E' ? alg : alg[..2])}}"}""", payload, Jwt.By(alg))).Grant);
    }

    [Fact]
    public void A_secret_takes_tokens_whose_key_is_not_known_by_its_id() =>
        Assert.NotNull(_tokens.Connection(Jwt.Hs256("""{"exp":1800000060}""", """{"alg":"HS256","kid":"never heard of"}""")).Grant);

    [Fact]
    public void Both_keys_count_while_they_are_changed()
    {
        var tokens = new TestTokens(options =>
        {
            options.Security.Tokens.HmacSecret = null;
            options.Security.Tokens.Keys["old"] = new TokenKeyOptions { Secret = Jwt.Secret };
            options.Security.Tokens.Keys["new"] = new TokenKeyOptions { Secret = Jwt.OtherSecret };
        });
        Assert.NotNull(tokens.Connection(Jwt.Hs256("""{"exp":1800000060}""", """{"alg":"HS256","kid":"old"}""")).Grant);
        Assert.NotNull(tokens.Connection(Jwt.Hs256("""{"exp":1800000060}""", """{"alg":"HS256","kid":"new"}""", Jwt.OtherSecret)).Grant);
    }

    [Fact]
    public void The_tokens_of_the_widespread_library_are_read()
    {
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["sub"] = "42", ["channels"] = new List<string> { "news" } },
            IssuedAt = At(0).UtcDateTime,
            NotBefore = At(0).UtcDateTime,
            Expires = At(60).UtcDateTime,
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(Jwt.Rsa) { KeyId = "RS" }, "RS256"),
        });
        var grant = new TestTokens(options => AddKeys(options.Security.Tokens)).Connection(token).Grant;
        Assert.Equal(("42", "news"), (grant?.Identity.User, grant?.Channels[0].Channel));
    }

    internal static void AddKeys(TokenOptions options)
    {
        options.Keys["HS"] = new TokenKeyOptions { Secret = Jwt.Secret };
        options.Keys["RS"] = new TokenKeyOptions { PublicKey = Jwt.Rsa.ExportSubjectPublicKeyInfoPem() };
        options.Keys["ES256"] = new TokenKeyOptions { PublicKey = Jwt.P256.ExportSubjectPublicKeyInfoPem() };
        options.Keys["ES384"] = new TokenKeyOptions { PublicKey = Jwt.P384.ExportSubjectPublicKeyInfoPem().Replace("\n", "\\n", StringComparison.Ordinal) };
        options.Keys["ES512"] = new TokenKeyOptions { PublicKey = Jwt.P521.ExportSubjectPublicKeyInfoPem() };
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.FromUnixTimeSeconds(TestTokens.Now).AddSeconds(seconds);
}
