using PushGateway.Security.Tokens;

namespace PushGateway.Tests.Security.Tokens;

public class SubscriptionTokenTests
{
    private readonly TestTokens _tokens = new();

    [Fact]
    public void A_token_lets_a_user_into_a_channel()
    {
        var grant = _tokens.Subscription(Jwt.Hs256("""{"sub":"42","channel":"$room","exp":1800000060,"iat":1800000000,"jti":"one","info":{"role":"host"}}""")).Grant;
        Assert.NotNull(grant);
        Assert.Equal(("42", "$room", """{"role":"host"}"""), (grant.User, grant.Channel, grant.Info));
        Assert.Equal(new TokenStamp(At(60), At(0), "one"), grant.Stamp);
        Assert.Equal(At(60), grant.ExpiresAt);
    }

    [Fact]
    public void The_subscription_may_end_at_another_time_than_the_token() =>
        Assert.Equal(At(3600), _tokens.Subscription(Jwt.Hs256("""{"channel":"news","exp":1800000060,"expire_at":1800003600}""")).Grant?.ExpiresAt);

    [Fact]
    public void The_subscription_may_have_no_end()
    {
        var grant = _tokens.Subscription(Jwt.Hs256("""{"channel":"news","exp":1800000060,"expire_at":0}""")).Grant;
        Assert.NotNull(grant);
        Assert.Null(grant.ExpiresAt);
        Assert.Equal(At(60), grant.Stamp.ExpiresAt);
    }

    [Theory]
    [InlineData("""{"sub":"42","exp":1800000060}""", nameof(TokenDefect.Invalid), "channel")]
    [InlineData("""{"sub":"42","exp":1800000060,"channels":["news"]}""", nameof(TokenDefect.Invalid), "channel")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":""}""", nameof(TokenDefect.Invalid), "channel")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":7}""", nameof(TokenDefect.Invalid), "channel")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":"a b"}""", nameof(TokenDefect.Invalid), "channel")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":"#43"}""", nameof(TokenDefect.Invalid), "channel")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":"news","expire_at":"soon"}""", nameof(TokenDefect.Invalid), "expire_at")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":"news","expire_at":-1}""", nameof(TokenDefect.Invalid), "expire_at")]
    [InlineData("""{"sub":"42","exp":1800000060,"channel":"news","expire_at":1799999000}""", nameof(TokenDefect.Expired), "expire_at")]
    [InlineData("""{"sub":"42","exp":1799999000,"channel":"news","expire_at":1800003600}""", nameof(TokenDefect.Expired), "expired")]
    [InlineData("""{"sub":"42","channel":"news","expire_at":1800003600}""", nameof(TokenDefect.Invalid), "exp")]
    [InlineData("""{"sub":"4 2","exp":1800000060,"channel":"news"}""", nameof(TokenDefect.Invalid), "sub")]
    public void What_is_wrong_is_refused(string payload, string defect, string why)
    {
        var reading = _tokens.Subscription(Jwt.Hs256(payload));
        Assert.Null(reading.Grant);
        Assert.Equal(defect, reading.Defect.ToString());
        Assert.Contains(why, reading.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_second_that_there_is_ends_no_reader() =>
        Assert.NotNull(_tokens.Subscription(Jwt.Hs256("""{"channel":"news","exp":1800000060,"expire_at":253402300799}""")).Grant);

    private static DateTimeOffset At(double seconds) => DateTimeOffset.FromUnixTimeSeconds(TestTokens.Now).AddSeconds(seconds);
}
