using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Security.Tokens;

/// <summary>Every way in which a connection token can be wrong. Each is refused, says why, and tells no part of itself.</summary>
public class TokenDefectTests
{
    private const string Good = """{"sub":"42","exp":1800000060}""", Hs256 = """{"alg":"HS256"}""";

    // Nobody may read it in a reason: it is in the claims of each token of these tests that can have it.
    private const string Telltale = "tell-tale";

    private readonly TestTokens _tokens = new(options => ConnectionTokenTests.AddKeys(options.Security.Tokens));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("....")]
    [InlineData("a.b.c")]
    [InlineData("aaaaa.aaaaa.aaaaa")]
    [InlineData("not a token")]
    [InlineData("e30")]
    [InlineData("e30.e30")]
    [InlineData("e30.e30.e30")]
    [InlineData("e30.e30.e30.e30")]
    [InlineData("e30.e30.e30.e30.e30")]
    [InlineData("e30.e30.e30.e30.e30.e30.e30.e30")]
    [InlineData("é.é.é")]
    [InlineData("\0.\0.\0")]
    public void What_is_no_token_is_refused(string text) => Refused(text);

    [Theory]
    [InlineData("""{"alg":"none"}""", "alg")]
    [InlineData("""{"alg":"None"}""", "alg")]
    [InlineData("""{"alg":"nOnE"}""", "alg")]
    [InlineData("""{"alg":""}""", "alg")]
    [InlineData("""{"alg":"hs256"}""", "alg")]
    [InlineData("""{"alg":"HS256 "}""", "alg")]
    [InlineData("""{"alg":"HS1"}""", "alg")]
    [InlineData("""{"alg":"HS257"}""", "alg")]
    [InlineData("""{"alg":"PS256"}""", "alg")]
    [InlineData("""{"alg":"EdDSA"}""", "alg")]
    [InlineData("""{"alg":"ES256K"}""", "alg")]
    [InlineData("""{"alg":null}""", "alg")]
    [InlineData("""{"alg":["HS256"]}""", "alg")]
    [InlineData("""{"typ":"JWT"}""", "alg")]
    [InlineData("""{"ALG":"HS256"}""", "alg")]
    [InlineData("""{"alg":"HS256","alg":"HS256"}""", "twice")]
    [InlineData("""{"alg":"HS256","\u0061lg":"none"}""", "twice")]
    [InlineData("""{"alg":"HS256","kid":"a","kid":"b"}""", "twice")]
    [InlineData("""{"alg":"HS256","kid":7}""", "kid")]
    [InlineData("""{"alg":"HS256","kid":null}""", "kid")]
    [InlineData("""{"alg":"HS256","kid":{"a":1}}""", "kid")]
    [InlineData("""{"alg":"HS256","kid":"\ud800"}""", "header")]
    [InlineData("""{"alg":"\ud800"}""", "header")]
    [InlineData("""{"alg":"HS256","crit":["exp"]}""", "crit")]
    [InlineData("""{"alg":"HS256","crit":["b64"],"b64":false}""", "crit")]
    [InlineData("""{"alg":"HS256","crit":[]}""", "crit")]
    [InlineData("""{"alg":"HS256","crit":null}""", "crit")]
    [InlineData("""["alg","HS256"]""", "header")]
    [InlineData(""" "HS256" """, "header")]
    [InlineData("""{"alg":"HS256"} {}""", "header")]
    [InlineData("""{"alg":"HS256",}""", "header")]
    [InlineData("""{"alg":"HS256"/**/}""", "header")]
    [InlineData("null", "header")]
    [InlineData("", "header")]
    public void A_header_that_is_wrong_is_refused(string header, string why) => Refused(Jwt.Hs256(Good, header), why: why);

    [Fact]
    public void A_header_that_is_no_text_is_refused() =>
        Refused(Jwt.SignedParts(Base64Url.EncodeToString([.. "{\"alg\":\"HS256\",\"x\":\""u8, 0xff, .. "\"}"u8]), Jwt.Encode(Good), Jwt.By("HS256")), why: "header");

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    public void A_token_without_a_signature_is_refused(string alg) => Refused($"{Jwt.Encode($$"""{"alg":"{{alg}}"}""")}.{Jwt.Encode(Good)}.");

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"sub\"")]
    [InlineData("42")]
    [InlineData("{")]
    [InlineData("""{"sub":"42","exp":1800000060}{}""")]
    [InlineData("""{"sub":"42","exp":1800000060,}""")]
    [InlineData("""{"sub":"42","exp":1800000060,"sub":"43"}""")]
    [InlineData("""{"sub":"42","exp":1800000060,"\u0073ub":"43"}""")]
    [InlineData("""{"sub":"42","exp":1800000060,"exp":1800000070}""")]
    [InlineData("""{"sub":"42","exp":1800000060,"info":{"a":1,"a":2}}""")]
    [InlineData("""{"sub":"42","exp":1800000060,"subs":{"news":{},"news":{}}}""")]
    [InlineData("""{"sub":"\ud800","exp":1800000060}""")]
    [InlineData("""{"sub":"42","exp":1800000060,"channels":["\udc00"]}""")]
    public void A_payload_that_is_wrong_is_refused(string payload) => Refused(Jwt.Hs256(payload));

    [Theory]
    [InlineData("\"sub\":42", "sub")]
    [InlineData("\"sub\":null", "sub")]
    [InlineData("\"sub\":[\"42\"]", "sub")]
    [InlineData("\"sub\":\"4 2\"", "sub")]
    [InlineData("\"sub\":\"42,43\"", "sub")]
    [InlineData("\"sub\":\"žofie\"", "sub")]
    [InlineData("\"sub\":\"42\\u0000\"", "sub")]
    [InlineData("\"exp\":\"1800000060\"", "exp")]
    [InlineData("\"exp\":null", "exp")]
    [InlineData("\"exp\":true", "exp")]
    [InlineData("\"exp\":-1", "exp")]
    [InlineData("\"exp\":1e300", "exp")]
    [InlineData("\"exp\":1e999", "exp")]
    [InlineData("\"exp\":99999999999999999999999999999999999999", "exp")]
    [InlineData("\"exp\":253402300800", "exp")]
    [InlineData("\"exp\":253402300799", "MaxLifetime")]
    [InlineData("\"exp\":1802592006", "MaxLifetime")]
    [InlineData("\"exp\":1800000060000", "exp")]
    [InlineData("\"iat\":\"now\"", "iat")]
    [InlineData("\"iat\":1800000006", "iat")]
    [InlineData("\"iat\":1e999", "iat")]
    [InlineData("\"nbf\":1800000006", "nbf")]
    [InlineData("\"nbf\":{}", "nbf")]
    [InlineData("\"jti\":7", "jti")]
    [InlineData("\"info\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "deep")]
    [InlineData("\"channel\":\"news\"", "channel")]
    [InlineData("\"channel\":null", "channel")]
    [InlineData("\"channels\":\"news\"", "channels")]
    [InlineData("\"channels\":{\"news\":{}}", "channels")]
    [InlineData("\"channels\":[1]", "channels")]
    [InlineData("\"channels\":[\"\"]", "channels")]
    [InlineData("\"channels\":[\"a b\"]", "channels")]
    [InlineData("\"channels\":[\"#43\"]", "channels")]
    [InlineData("\"channels\":null", "channels")]
    [InlineData("\"subs\":[\"news\"]", "subs")]
    [InlineData("\"subs\":{\"news\":null}", "subs")]
    [InlineData("\"subs\":{\"news\":1}", "subs")]
    [InlineData("\"subs\":{\"\":{}}", "subs")]
    [InlineData("\"subs\":{\"#43\":{}}", "subs")]
    [InlineData("\"subs\":null", "subs")]
    public void A_claim_that_is_wrong_is_refused(string claim, string why)
    {
        var others = new[] { "\"sub\":\"42\"", "\"exp\":1800000060", $"\"x\":\"{Telltale}\"" }.Where(other => other.Split(':')[0] != claim.Split(':')[0]);
        Refused(Jwt.Hs256($"{{{string.Join(',', others.Append(claim))}}}"), why: why);
    }

    [Fact]
    public void A_user_that_is_too_long_for_a_channel_is_refused() => Refused(Jwt.Hs256($$"""{"sub":"{{new string('u', 255)}}","exp":1800000060}"""), why: "sub");

    [Fact]
    public void An_id_that_is_too_long_to_be_revoked_is_refused() => Refused(Jwt.Hs256($$"""{"exp":1800000060,"jti":"{{new string('j', 256)}}"}"""), why: "jti");

    [Theory]
    [InlineData("\"info\":\"{0}\"", "info")]
    [InlineData("\"meta\":\"{0}\"", "meta")]
    [InlineData("\"subs\":{{\"news\":{{\"info\":\"{0}\"}}}}", "subs")]
    public void What_would_be_too_large_to_keep_is_refused(string claim, string why)
    {
        var (most, more) = (Claim(4096 - 2), Claim(4096 - 1));
        Assert.NotNull(_tokens.Connection(Jwt.Hs256(most)).Grant);
        Refused(Jwt.Hs256(more), why: why);
        string Claim(int length) => $"{{\"exp\":1800000060,{string.Format(System.Globalization.CultureInfo.InvariantCulture, claim, new string('x', length))}}}";
    }

    [Theory]
    [InlineData("channels")]
    [InlineData("subs")]
    public void More_channels_than_a_connection_may_have_are_refused(string claim)
    {
        Assert.Equal(128, _tokens.Connection(Jwt.Hs256(With(128))).Grant?.Channels.Count);
        Refused(Jwt.Hs256(With(129)), why: claim);
        string With(int count)
        {
            var names = Enumerable.Range(0, count).Select(i => claim == "subs" ? $"\"c{i}\":{{}}" : $"\"c{i}\"");
            return $$"""{"exp":1800000060,"{{claim}}":{{(claim == "subs" ? '{' : '[')}}{{string.Join(',', names)}}{{(claim == "subs" ? '}' : ']')}}}""";
        }
    }

    [Fact]
    public void Channels_of_both_claims_count_together() =>
        Refused(Jwt.Hs256($$$"""{"exp":1800000060,"subs":{"one":{}},"channels":[{{{string.Join(',', Enumerable.Range(0, 128).Select(i => $"\"c{i}\""))}}}]}"""), why: "channels");

    [Theory]
    [InlineData("""{"sub":"42"}""", nameof(TokenDefect.Invalid), "exp")]
    [InlineData("""{"exp":1799999996}""", nameof(TokenDefect.None), null)]
    [InlineData("""{"exp":1799999995}""", nameof(TokenDefect.Expired), "expired")]
    [InlineData("""{"exp":0}""", nameof(TokenDefect.Expired), "expired")]
    [InlineData("""{"exp":1800000060,"iat":1800000005}""", nameof(TokenDefect.None), null)]
    [InlineData("""{"exp":1800000060,"iat":1800000005.5}""", nameof(TokenDefect.Invalid), "iat")]
    [InlineData("""{"exp":1800000060,"nbf":1800000005}""", nameof(TokenDefect.None), null)]
    [InlineData("""{"exp":1800000060,"nbf":1800000005.5}""", nameof(TokenDefect.Invalid), "nbf")]
    [InlineData("""{"exp":1802592005}""", nameof(TokenDefect.None), null)]
    [InlineData("""{"exp":1802592005.5}""", nameof(TokenDefect.Invalid), "MaxLifetime")]
    [InlineData("""{"exp":1800000060,"iat":1797408055}""", nameof(TokenDefect.None), null)]
    [InlineData("""{"exp":1800000060,"iat":1797408054}""", nameof(TokenDefect.Invalid), "MaxLifetime")]
    [InlineData("""{"exp":1799999000,"sub":7}""", nameof(TokenDefect.Invalid), "sub")]
    public void Clocks_may_differ_by_the_skew_and_no_more(string payload, string defect, string? why)
    {
        var reading = _tokens.Connection(Jwt.Hs256(payload));
        Assert.Equal(defect, reading.Defect.ToString());
        if (why is not null)
            Assert.Contains(why, reading.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_ends_while_time_goes_by()
    {
        var token = Jwt.Hs256(Good);
        _tokens.Time.Advance(TimeSpan.FromSeconds(64.5));
        Assert.NotNull(_tokens.Connection(token).Grant);
        _tokens.Time.Advance(TimeSpan.FromSeconds(0.5));
        Refused(token, TokenDefect.Expired);
    }

    [Theory]
    [InlineData("""{"exp":1800000060,"aud":"you"}""", "iss")]
    [InlineData("""{"exp":1800000060,"aud":"you","iss":"Me"}""", "iss")]
    [InlineData("""{"exp":1800000060,"aud":"you","iss":["me"]}""", "none that can be read")]
    [InlineData("""{"exp":1800000060,"iss":"me"}""", "aud")]
    [InlineData("""{"exp":1800000060,"iss":"me","aud":"You"}""", "aud")]
    [InlineData("""{"exp":1800000060,"iss":"me","aud":"you/"}""", "aud")]
    [InlineData("""{"exp":1800000060,"iss":"me","aud":["he","she"]}""", "aud")]
    [InlineData("""{"exp":1800000060,"iss":"me","aud":[]}""", "aud")]
    [InlineData("""{"exp":1800000060,"iss":"me","aud":[["you"]]}""", "none that can be read")]
    [InlineData("""{"exp":1800000060,"iss":"me","aud":{"you":true}}""", "none that can be read")]
    public void A_token_for_somebody_else_is_refused(string payload, string why)
    {
        var tokens = new TestTokens(options => (options.Security.Tokens.Issuer, options.Security.Tokens.Audience) = ("me", "you"));
        Assert.Contains(why, Refused(tokens, Jwt.Hs256(payload)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_that_is_too_long_is_not_even_looked_at()
    {
        var tokens = new TestTokens(options => options.Security.Tokens.MaxBytes = 256);
        Assert.Contains("longer", Refused(tokens, new string('!', 257)), StringComparison.Ordinal);
        Assert.DoesNotContain("longer", Refused(tokens, new string('!', 256)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" {0}")]
    [InlineData("{0} ")]
    [InlineData("{0}\n")]
    [InlineData("{0}=")]
    [InlineData("{0}A")]
    [InlineData("Bearer {0}")]
    public void A_token_has_one_spelling(string spelling) => Refused(string.Format(System.Globalization.CultureInfo.InvariantCulture, spelling, Jwt.Hs256(Good)));

    [Fact]
    public void Bits_behind_the_last_byte_are_refused()
    {
        // 32 bytes are 43 characters, and of the last one two bits are left over.
        var token = Jwt.Hs256(Good);
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (var bits = 1; bits < 4; bits++)
            Refused(token[..^1] + alphabet[alphabet.IndexOf(token[^1], StringComparison.Ordinal) + bits]);
    }

    [Fact]
    public void Standard_base64_is_refused() => Refused(Jwt.SignedParts(Jwt.Encode(Hs256), Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"exp":1800000060,"x":"???>>>"}""")), Jwt.By("HS256")));

    [Fact]
    public void A_signature_that_was_cut_is_refused()
    {
        var parts = Jwt.Hs256(Good).Split('.');
        var signature = Base64Url.DecodeFromChars(parts[2]);
        for (var length = 0; length < signature.Length; length++)
            Refused($"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(signature.AsSpan(0, length))}");
        Refused($"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString([.. signature, 0])}");
    }

    [Fact]
    public void A_signature_by_another_secret_is_refused() => Refused(Jwt.Hs256(Good, secret: Jwt.OtherSecret), why: "signature");

    [Fact]
    public void No_key_means_no_tokens()
    {
        var tokens = new TestTokens(options => options.Security.Tokens.HmacSecret = null);
        Assert.False(tokens.Reader.IsEnabled);
        Refused(tokens, Jwt.Hs256(Good));
    }

    // Whoever knows a public key could sign with it if it were taken for a secret (CVE-2015-9235).
    [Theory]
    [InlineData("HS256", null)]
    [InlineData("HS256", "RS")]
    [InlineData("HS384", "RS")]
    [InlineData("HS512", "ES256")]
    public void A_public_key_is_no_secret(string alg, string? kid)
    {
        var header = kid is null ? $$"""{"alg":"{{alg}}"}""" : $$"""{"alg":"{{alg}}","kid":"{{kid}}"}""";
        var tokens = new TestTokens(options =>
        {
            ConnectionTokenTests.AddKeys(options.Security.Tokens);
            options.Security.Tokens.HmacSecret = null;
        });
        foreach (var key in new AsymmetricAlgorithm[] { Jwt.Rsa, Jwt.P256 })
            foreach (var spelling in new[] { key.ExportSubjectPublicKeyInfoPem(), key.ExportSubjectPublicKeyInfoPem() + "\n", Convert.ToBase64String(key.ExportSubjectPublicKeyInfo()) })
                Refused(tokens, Jwt.Signed(header, Good, Jwt.Hmac(alg, spelling)));
    }

    [Theory]
    [InlineData("ES256", "RS")]
    [InlineData("RS256", "ES256")]
    [InlineData("RS256", "HS")]
    [InlineData("ES256", "HS")]
    [InlineData("ES256", "ES384")]
    [InlineData("ES384", "ES256")]
    [InlineData("ES512", "ES256")]
    [InlineData("HS256", "ES256")]
    public void A_key_is_used_with_what_it_was_made_for_alone(string alg, string kid) =>
        Refused(Jwt.Signed($$"""{"alg":"{{alg}}","kid":"{{kid}}"}""", Good, Jwt.By(alg)), why: "is not for");

    [Theory]
    [InlineData("RS256", "ES256")]
    [InlineData("ES256", "RS256")]
    [InlineData("HS256", "RS256")]
    [InlineData("RS256", "RS384")]
    [InlineData("RS256", "PS256")]
    [InlineData("HS256", "HS512")]
    public void A_signature_by_another_algorithm_than_the_header_names_is_refused(string alg, string signedBy) =>
        Refused(Jwt.Signed($$"""{"alg":"{{alg}}"}""", Good, Jwt.By(signedBy)), why: "signature");

    [Fact]
    public void A_key_that_the_token_brings_along_is_not_looked_at()
    {
        var own = Jwt.OtherRsa.ExportParameters(false);
        var jwk = $$"""{"kty":"RSA","n":"{{Base64Url.EncodeToString(own.Modulus)}}","e":"{{Base64Url.EncodeToString(own.Exponent)}}"}""";
        var header = $$"""{"alg":"RS256","jwk":{{jwk}},"jku":"http://127.0.0.1:9/keys","x5u":"http://127.0.0.1:9/key","x5c":["AAAA"]}""";
        Refused(Jwt.Signed(header, Good, bytes => Jwt.OtherRsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), why: "signature");
        // Nor does it harm a token that is good.
        Assert.NotNull(_tokens.Connection(Jwt.Signed(header, Good, Jwt.By("RS256"))).Grant);
    }

    [Fact]
    public void Signatures_of_zeros_are_refused()
    {
        foreach (var alg in new[] { "HS256", "RS256", "ES256", "ES384", "ES512" })
            foreach (var length in new[] { 1, 32, 64, 96, 132, 256, 512 })
                Refused($"{Jwt.Encode($$"""{"alg":"{{alg}}"}""")}.{Jwt.Encode(Good)}.{Base64Url.EncodeToString(new byte[length])}", why: "signature");
    }

    [Fact]
    public void A_secret_is_not_used_where_its_hash_is_longer()
    {
        var tokens = new TestTokens(options => options.Security.Tokens.HmacSecret = Jwt.OtherSecret);
        Assert.NotNull(tokens.Connection(Jwt.Hs256(Good, secret: Jwt.OtherSecret)).Grant);
        Assert.Contains("too short", Refused(tokens, Jwt.Signed("""{"alg":"HS512"}""", Good, Jwt.Hmac("HS512", Jwt.OtherSecret))), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_id_a_token_is_for_the_only_key_there_is()
    {
        var tokens = new TestTokens(options =>
        {
            ConnectionTokenTests.AddKeys(options.Security.Tokens);
            options.Security.Tokens.Keys["another"] = new TokenKeyOptions { PublicKey = Jwt.OtherRsa.ExportSubjectPublicKeyInfoPem() };
        });
        Assert.Contains("several", Refused(tokens, Jwt.Signed("""{"alg":"RS256"}""", Good, Jwt.By("RS256"))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_tells_of_a_kid_what_a_log_can_bear()
    {
        var why = Refused(Jwt.Signed("""{"alg":"RS256","kid":"\r\nInfo: all is well '\u0007\u202e""" + new string('x', 1000) + "\"}", Good, Jwt.By("RS256")), why: "key");
        Assert.DoesNotContain(why, char.IsControl);
        Assert.InRange(why.Length, 1, 200);
        Assert.All(why, one => Assert.InRange(one, ' ', '~'));
    }

    private string Refused(string token, TokenDefect defect = TokenDefect.Invalid, string why = "")
    {
        var said = Refused(_tokens, token, defect);
        Assert.Contains(why, said, StringComparison.Ordinal);
        return said;
    }

    private static string Refused(TestTokens tokens, string token, TokenDefect defect = TokenDefect.Invalid)
    {
        var reading = tokens.Connection(token);
        Assert.Null(reading.Grant);
        Assert.Equal(defect, reading.Defect);
        Assert.NotNull(reading.Why);
        Assert.DoesNotContain(Telltale, reading.Why, StringComparison.Ordinal);
        foreach (var part in token.Split('.').Where(part => part.Length >= 16))
            Assert.DoesNotContain(part, reading.Why, StringComparison.Ordinal);
        return reading.Why;
    }
}
